//! The interface: its packages, and its built files that the desktop program carries inside.

use crate::program::{Failure, Outcome, Program, on_path, root};
use crate::stamp;

/// The oldest Node.js that the interface's build runs on (Vite 8 asks for 20.19).
const NODE: (u32, u32) = (20, 19);

/// Checks Node.js and npm, and installs the interface's packages when the lock file changed since.
pub fn packages() -> Outcome<()> {
    node()?;
    let sum = stamp::sum(&["ui/package.json", "ui/package-lock.json"])?;
    if stamp::holds("packages", &sum) && root().join("ui/node_modules/.package-lock.json").is_file()
    {
        eprintln!("   the interface's packages are there already");
        return Ok(());
    }
    Program::npm()
        .args(["ci", "--no-audit", "--no-fund"])
        .run()?;
    stamp::keep("packages", &sum)
}

/// Type-checks the interface and builds it into `ui/dist`, unless it is there for exactly these sources:
/// the desktop program is compiled anew whenever these files change.
pub fn build() -> Outcome<()> {
    let sum = stamp::sum(&[
        "ui/src",
        "ui/public",
        "ui/index.html",
        "ui/package.json",
        "ui/package-lock.json",
        "ui/tsconfig.json",
        "ui/vite.config.ts",
    ])?;
    if stamp::holds("interface", &sum) && root().join("ui/dist/index.html").is_file() {
        eprintln!("   ui/dist is there already for these sources");
        return Ok(());
    }
    Program::npm().args(["run", "build"]).run()?;
    stamp::keep("interface", &sum)
}

/// Fails, in words, without Node.js and npm, or with too old a Node.js.
fn node() -> Outcome<()> {
    if !on_path("node") || !(on_path("npm") || on_path("npm.cmd")) {
        return Err(Failure::new(
            "Node.js and npm build the interface, and are not installed. Install Node.js 20.19 or newer \
             (nodejs.org, or your system's packages), then run this again.",
        ));
    }
    let said = Program::new("node").args(["--version"]).capture()?;
    if version(&said).is_some_and(|found| found >= NODE) {
        return Ok(());
    }
    Err(Failure(format!(
        "the interface needs Node.js {}.{} or newer, and {} is installed. Install a newer one (nodejs.org), \
         then run this again.",
        NODE.0,
        NODE.1,
        said.trim()
    )))
}

/// Major and minor of what `node --version` prints ("v20.19.2").
pub fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_node_is_read_as_it_prints_it() {
        assert_eq!(version("v20.19.2\n"), Some((20, 19)));
        assert_eq!(version("v9.0.0"), Some((9, 0)));
        assert!(version("v18.20.4").unwrap() < NODE);
        assert_eq!(version("no version"), None);
    }
}
