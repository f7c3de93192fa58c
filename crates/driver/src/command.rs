//! What is executed on the server to begin a conversation, and the program that is then sent to it.

/// The driver itself: one Python file for Python 3.9 to 3.13.
pub const PROGRAM: &str = include_str!("driver.py");

/// What sudo shows on standard error when it wants the password, and nothing else shows.
pub(crate) const SUDO_PROMPT: &str = "TOWERIFY-PW:";

/// Python's first words, on standard output: sudo is behind us, the program may come.
pub(crate) const GO: &str = "go";

/// How the driver comes to run as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Privilege {
    /// The login is root already.
    #[default]
    Root,
    /// The login is a YunoHost administrator: through `sudo`.
    Sudo,
    /// The login is a restricted administrator's, whose key opens a gate: the driver that lies on the server is used, and
    /// the gate decides about each request. No program is sent, and no password.
    Gate,
}

/// The command to execute on the server, for a POSIX shell, fish and csh alike. It holds nothing secret.
///
/// Python says `go` before it reads its program, so that a program is never read by a sudo that still wants a
/// password, and a password is never read as the program (both were seen with a plain `sudo -S`).
pub fn command(privilege: Privilege) -> String {
    let python = concat!(
        r#"python3 -I -c "import sys,os;os.write(1,b'go\n');b=sys.stdin.buffer;n=int(b.readline());"#,
        r#"exec(compile(b.read(n),'driver','exec'))""#
    );
    match privilege {
        Privilege::Root => python.to_owned(),
        // LC_ALL: sudo's refusals are recognised by their English text.
        Privilege::Sudo => format!("env LC_ALL=C sudo -S -p {SUDO_PROMPT} {python}"),
        Privilege::Gate => crate::gate::COMMAND.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_holds_no_character_that_a_shell_would_expand() {
        for privilege in [Privilege::Root, Privilege::Sudo] {
            let command = command(privilege);
            assert!(
                !command.contains(['$', '`', '!', '*', '?', '~']),
                "{command}"
            );
            assert_eq!(command.matches('"').count(), 2, "{command}");
        }
    }

    #[test]
    fn only_an_administrator_goes_through_sudo() {
        assert!(command(Privilege::Root).starts_with("python3 -I"));
        assert!(command(Privilege::Sudo).contains("sudo -S -p TOWERIFY-PW: python3 -I"));
    }
}
