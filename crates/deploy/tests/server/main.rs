//! The generated packages on a stand-in of a server: what they hold, what their scripts do, and what an app's users notice
//! (nothing). Needs openssl, curl, zstd, shellcheck, nginx, node and python3-jsonschema; without one of them the tests fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "what fails here fails the test, and real programs are started"
)]

mod carried;
mod packages;
mod releases;
mod schema;
mod scripts;
mod standin;
