//! What must be installed on this machine, and why. On Debian and Ubuntu what is missing is installed;
//! elsewhere it is named, for the person to install.

use crate::program::{Failure, Outcome, Program, on_path};

/// What the machine is to be made ready for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Purpose {
    /// Building the command line alone: what a machine without a display needs.
    Terminal,
    /// Building and opening the window as well.
    Window,
    /// Running every test as well.
    Tests,
}

/// One Debian package, why it is there, and from which purpose on.
struct Package {
    name: &'static str,
    why: &'static str,
    from: Purpose,
    /// How to see, on a system without Debian's packages, whether the same thing is there.
    probe: Probe,
}

/// How the presence of a thing shows on a system of another kind.
#[derive(Clone, Copy)]
enum Probe {
    /// A program on PATH.
    Program(&'static str),
    /// A library that pkg-config knows.
    Library(&'static str),
    /// Nothing to see: Debian's packaging alone asks for it.
    None,
}

const fn package(name: &'static str, from: Purpose, probe: Probe, why: &'static str) -> Package {
    Package {
        name,
        why,
        from,
        probe,
    }
}

/// Proven on Debian 12; the names are the same on Debian 13 and Ubuntu 22.04 and later.
const PACKAGES: &[Package] = {
    use Probe::{Library, None, Program};
    use Purpose::{Terminal, Tests, Window};
    &[
        package(
            "build-essential",
            Terminal,
            Program("cc"),
            "a C compiler and linker, for SQLCipher and for Rust's own linking",
        ),
        package(
            "perl",
            Terminal,
            Program("perl"),
            "OpenSSL's build, inside SQLCipher's, is written in it",
        ),
        package(
            "pkg-config",
            Window,
            Program("pkg-config"),
            "finds the window's libraries",
        ),
        package(
            "libwebkit2gtk-4.1-dev",
            Window,
            Library("webkit2gtk-4.1"),
            "the web view that draws the interface",
        ),
        package(
            "libgtk-3-dev",
            Window,
            Library("gtk+-3.0"),
            "the window around it",
        ),
        package(
            "librsvg2-dev",
            Window,
            Library("librsvg-2.0"),
            "draws the icons",
        ),
        package(
            "libayatana-appindicator3-dev",
            Window,
            Library("ayatana-appindicator3-0.1"),
            "the icon in the tray",
        ),
        package("libxdo-dev", Window, None, "menus' keys under X11"),
        package(
            "libssl-dev",
            Window,
            Library("openssl"),
            "TLS for the web view's build",
        ),
        package(
            "xdg-utils",
            Window,
            Program("xdg-open"),
            "opens an app in the system's browser",
        ),
        package(
            "fonts-dejavu-core",
            Window,
            None,
            "a font for what the interface's own fonts lack",
        ),
        package(
            "openssh-server",
            Tests,
            Program("sshd"),
            "the interop tests start their own sshd on loopback, with their own keys",
        ),
        package(
            "sudo",
            Tests,
            Program("sudo"),
            "the gate of restricted administrators is opened through a true sudo, by an account that the test makes",
        ),
        package(
            "python3",
            Tests,
            Program("python3"),
            "runs the driver as a server would",
        ),
        package(
            "sqlite3",
            Tests,
            Program("sqlite3"),
            "checks the queries' metadata against the migrations",
        ),
        package(
            "webkit2gtk-driver",
            Tests,
            Program("WebKitWebDriver"),
            "drives the real window in the end-to-end tests",
        ),
        package(
            "xvfb",
            Tests,
            Program("Xvfb"),
            "a display for them, in memory",
        ),
        package(
            "xauth",
            Tests,
            Program("xauth"),
            "lets the window onto that display",
        ),
        package(
            "dbus",
            Tests,
            Program("dbus-run-session"),
            "a session bus for them",
        ),
        package("dbus-x11", Tests, None, "starts that bus for GTK"),
        package(
            "gnome-keyring",
            Tests,
            Program("gnome-keyring-daemon"),
            "a keyring on such a bus, which an account is opened with",
        ),
        package(
            "shellcheck",
            Tests,
            Program("shellcheck"),
            "reads the scripts of the packages that `deploy` makes",
        ),
        package(
            "nginx-light",
            Tests,
            Program("nginx"),
            "serves what those tests deploy, started by them on loopback",
        ),
        package(
            "curl",
            Tests,
            Program("curl"),
            "asks it, as the packages' own health check does",
        ),
        package(
            "zstd",
            Tests,
            Program("zstd"),
            "unpacks what was sent, as the packages do",
        ),
        package(
            "openssl",
            Tests,
            Program("openssl"),
            "makes the certificates of the tests",
        ),
        package(
            "python3-jsonschema",
            Tests,
            None,
            "holds their manifests against a schema",
        ),
        package(
            "sudo",
            Tests,
            Program("sudo"),
            "the way of administrators who are not root, through the true one",
        ),
        package(
            "git",
            Tests,
            Program("git"),
            "says which commit is deployed",
        ),
        package(
            "iproute2",
            Tests,
            Program("ss"),
            "tells the packages whose socket a port is",
        ),
    ]
};

/// Makes the machine ready, installing what is missing where that can be done, and saying so.
/// Fails with the list of what is missing where it cannot.
pub fn ready(purpose: Purpose) -> Outcome<()> {
    rust_parts(purpose)?;
    if !cfg!(target_os = "linux") {
        eprintln!("   not Linux: nothing of the system's is installed from here");
        return Ok(());
    }
    if on_path("apt-get") && on_path("dpkg-query") {
        return debian(purpose);
    }
    elsewhere(purpose)
}

/// rustfmt and clippy are parts of the toolchain that may be left out of it.
fn rust_parts(purpose: Purpose) -> Outcome<()> {
    if purpose < Purpose::Tests {
        return Ok(());
    }
    for (command, part) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if Program::cargo()
            .args([command, "--version"])
            .capture()
            .is_ok()
        {
            continue;
        }
        eprintln!("   installing {part}: a part of the Rust toolchain that the checks use");
        Program::new("rustup")
            .args(["component", "add", part])
            .run()
            .map_err(|failure| {
                Failure(format!(
                    "{part} is missing from the Rust toolchain ({})",
                    failure.0
                ))
            })?;
    }
    Ok(())
}

fn debian(purpose: Purpose) -> Outcome<()> {
    // Not every name may be known: dpkg-query then ends with 1, having answered for the others.
    let known = Program::new("sh")
        .args([
            "-c",
            "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' 2>/dev/null || true",
        ])
        .capture()?;
    let mut missing = missing(purpose, &known);
    let node_is_missing = purpose > Purpose::Terminal && !on_path("node");
    if missing.is_empty() && !node_is_missing {
        eprintln!("   every system package is there already");
        return Ok(());
    }
    for package in &missing {
        eprintln!("   missing: {} ({})", package.name, package.why);
    }
    if missing
        .iter()
        .any(|package| package.name == "openssh-server")
    {
        eprintln!(
            "   (Debian starts its sshd too; `systemctl disable --now ssh` if you do not want it)"
        );
    }
    apt(&["update", "-q"])?;
    let mut names: Vec<&str> = missing.drain(..).map(|package| package.name).collect();
    if node_is_missing {
        node_of_debian()?;
        eprintln!("   missing: nodejs, npm (they build the interface)");
        names.extend(["nodejs", "npm"]);
    }
    let mut words = vec!["install", "-y", "-q", "--no-install-recommends"];
    words.extend(names);
    apt(&words)
}

/// The packages of this purpose that are not installed, given dpkg's list of "name status" lines.
fn missing(purpose: Purpose, known: &str) -> Vec<&'static Package> {
    PACKAGES
        .iter()
        .filter(|package| package.from <= purpose)
        .filter(|package| {
            !known
                .lines()
                .any(|line| line.split_once(' ') == Some((package.name, "installed")))
        })
        .collect()
}

/// Fails when the Node.js that this Debian offers is too old to be worth installing.
fn node_of_debian() -> Outcome<()> {
    let policy = Program::new("apt-cache")
        .args(["policy", "nodejs"])
        .capture()?;
    let offered = policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "))
        .unwrap_or("none");
    if crate::interface::version(offered).is_some_and(|version| version >= (20, 19)) {
        return Ok(());
    }
    Err(Failure(format!(
        "Node.js 20.19 or newer builds the interface; none is installed, and this system's own packages offer {offered}. \
         Install it from nodejs.org, then run this again."
    )))
}

/// apt-get, as root, through sudo where we are not.
fn apt(words: &[&str]) -> Outcome<()> {
    let root = Program::new("id").args(["-u"]).capture()?.trim() == "0";
    let shown = format!("apt-get {}", words.join(" "));
    if !root && !on_path("sudo") {
        return Err(Failure(format!(
            "system packages are missing and there is no sudo here. As root, run: {shown}"
        )));
    }
    eprintln!("   {}{shown}", if root { "" } else { "sudo " });
    let program = if root {
        Program::new("apt-get")
    } else {
        Program::new("sudo")
            .interactive()
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
    };
    program
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(words)
        .run()
}

fn elsewhere(purpose: Purpose) -> Outcome<()> {
    let missing: Vec<&Package> = PACKAGES
        .iter()
        .filter(|package| package.from <= purpose && !is_there(package.probe))
        .collect();
    if missing.is_empty() {
        eprintln!("   everything that is needed of the system seems to be there");
        return Ok(());
    }
    let mut sentence = String::from(
        "this is not Debian or Ubuntu, so nothing is installed from here. What is missing, by its name on Debian:",
    );
    for package in missing {
        sentence.push_str(&format!("\n  {} ({})", package.name, package.why));
    }
    Err(Failure(sentence))
}

fn is_there(probe: Probe) -> bool {
    match probe {
        Probe::Program("sshd") => {
            on_path("sshd") || std::path::Path::new("/usr/sbin/sshd").is_file()
        }
        Probe::Program(name) => on_path(name),
        Probe::Library(name) => Program::new("pkg-config")
            .args(["--exists", name])
            .capture()
            .is_ok(),
        Probe::None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(purpose: Purpose, known: &str) -> Vec<&'static str> {
        missing(purpose, known)
            .iter()
            .map(|package| package.name)
            .collect()
    }

    #[test]
    fn a_package_that_was_removed_but_left_its_settings_counts_as_missing() {
        let known = "build-essential installed\nperl config-files\n";
        assert_eq!(names(Purpose::Terminal, known), ["perl"]);
    }

    #[test]
    fn the_window_asks_for_more_than_the_terminal_and_the_tests_for_more_than_both() {
        let terminal = names(Purpose::Terminal, "").len();
        let window = names(Purpose::Window, "").len();
        assert!(terminal < window && window < names(Purpose::Tests, "").len());
        assert!(!names(Purpose::Terminal, "").contains(&"libwebkit2gtk-4.1-dev"));
    }

    #[test]
    fn every_package_says_why_it_is_needed() {
        assert!(PACKAGES.iter().all(|package| package.why.len() > 10));
    }
}
