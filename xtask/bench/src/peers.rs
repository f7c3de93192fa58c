//! The usual tools, asked the same nine questions over the same servers: Ansible, pyinfra and ClusterShell, installed
//! into `target/peers`, each as fast as it can be made without changing what it is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::figures::{Refresh, Report};
use crate::fleet::Fleet;
use crate::{Outcome, processor, questions, top};

/// As many servers at once as they are given.
const FORKS: &str = "50";

/// The tools, installed.
pub struct Peers {
    programs: PathBuf,
}

/// One measurement of one tool.
struct Peer {
    who: &'static str,
    command: Command,
}

impl Peers {
    /// Installs them, unless they are there.
    pub fn install() -> Outcome<Self> {
        let folder = top().join("target/peers");
        let programs = folder.join("bin");
        if !["ansible", "pyinfra", "clush"]
            .iter()
            .all(|name| programs.join(name).is_file())
        {
            eprintln!("installing Ansible, pyinfra and ClusterShell into target/peers");
            run(program(Path::new("python3"))
                .args(["-m", "venv"])
                .arg(&folder))?;
            run(program(&programs.join("pip")).args([
                "install",
                "--quiet",
                "ansible-core",
                "pyinfra",
                "ClusterShell",
            ]))?;
        }
        Ok(Self { programs })
    }

    /// Measures each; Ansible twice, since it keeps its connections for a while too.
    pub fn measure(&self, fleet: &Fleet, report: &mut Report) -> Outcome<()> {
        let questions = questions::for_a_shell();
        for peer in self.peers(fleet, &questions)? {
            report.refreshes.push(peer.measure(fleet)?);
        }
        report.note(
            "the others: one round each; their nine questions are one shell command a host; what Ansible's lasting \
             connections spend in the background is not counted against it",
        );
        Ok(())
    }

    fn peers(&self, fleet: &Fleet, questions: &str) -> Outcome<Vec<Peer>> {
        let folder = fleet.folder.path();
        let ssh = format!("-F {}", fleet.ssh_config.display());
        let inventory = folder.join("inventory.ini");
        std::fs::write(&inventory, ansible_inventory(fleet))?;
        let machines = folder.join("machines.py");
        std::fs::write(&machines, pyinfra_inventory(fleet))?;
        let names: Vec<&str> = fleet.hosts.iter().map(|host| host.name.as_str()).collect();

        let ansible = || {
            let mut command = program(&self.programs.join("ansible"));
            command
                .args(["all", "-m", "shell", "-f", FORKS, "-a", questions, "-i"])
                .arg(&inventory)
                // Fewer round trips a task: what its own manual advises for speed.
                .env("ANSIBLE_PIPELINING", "True")
                .env(
                    "ANSIBLE_SSH_ARGS",
                    format!("{ssh} -o ControlMaster=auto -o ControlPersist=60s"),
                )
                .env("ANSIBLE_SSH_CONTROL_PATH_DIR", folder.join("cp"))
                .env("ANSIBLE_LOCAL_TEMP", folder.join("ansible"))
                .env("ANSIBLE_HOME", folder.join("ansible-home"));
            command
        };
        let mut pyinfra = program(&self.programs.join("pyinfra"));
        pyinfra
            .arg("-y")
            .args(["--parallel", FORKS])
            .arg(&machines)
            .args(["exec", "--", "sh", "-c"])
            .arg(quoted(questions));
        let mut clush = program(&self.programs.join("clush"));
        clush.args(["-f", FORKS, "-w", &names.join(","), "-o", &ssh, questions]);
        Ok(vec![
            Peer {
                who: "Ansible, cold",
                command: ansible(),
            },
            Peer {
                who: "Ansible, again",
                command: ansible(),
            },
            Peer {
                who: "pyinfra",
                command: pyinfra,
            },
            Peer {
                who: "ClusterShell",
                command: clush,
            },
        ])
    }
}

impl Peer {
    fn measure(mut self, fleet: &Fleet) -> Outcome<Refresh> {
        eprintln!("measuring {}", self.who);
        let (client, servers) = (processor::of_ended_children()?, fleet.processor_time());
        let begun = Instant::now();
        let output = self.command.output()?;
        let wall = begun.elapsed();
        // pyinfra shows what a command says on standard error.
        let said = [
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        ]
        .concat();
        let answered = said.matches(questions::PROOF).count();
        if answered == 0 {
            let tail: String = said
                .chars()
                .rev()
                .take(2000)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect();
            eprintln!("{} got no answer:\n{tail}", self.who);
        }
        Ok(Refresh {
            who: self.who,
            wall,
            client: processor::of_ended_children()?.saturating_sub(client),
            servers: fleet.processor_time().saturating_sub(servers),
            answered,
            hosts: fleet.hosts.len(),
        })
    }
}

fn ansible_inventory(fleet: &Fleet) -> String {
    fleet.hosts.iter().fold(String::new(), |mut text, host| {
        let _ = writeln!(
            text,
            "{} ansible_python_interpreter=/usr/bin/python3",
            host.name
        );
        text
    })
}

fn pyinfra_inventory(fleet: &Fleet) -> String {
    let mut text = String::from("hosts = [\n");
    for host in &fleet.hosts {
        let _ = writeln!(
            text,
            "    (\"{}\", {{\"ssh_config_file\": \"{}\", \"ssh_strict_host_key_checking\": \"yes\"}}),",
            host.name,
            fleet.ssh_config.display()
        );
    }
    text.push_str("]\n");
    text
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tools that are compared are other programs"
)]
fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Outcome<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?} ended with {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}
