//! Rebuilds the crate when a migration is added: `sqlx::migrate!` reads the folder at compile time, and Cargo does
//! not see that by itself.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
