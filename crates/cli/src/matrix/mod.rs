//! Who may ask what on the command line: every subcommand, as everybody, about one's own things, another customer's and what
//! is nowhere. The answers stand in `docs/matrix/command-line.md`.

mod calls;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::{CommandFactory as _, Parser as _};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use towerify_core::workspace;
use towerify_domain::Language;
use towerify_test_customers::{
    PASSWORD, Person, Thing, Whose, Workspace, assert_kept, without_ids,
};

use self::calls::words;
use crate::arguments::{Arguments, Command, Journal};
use crate::command::{carry_out, in_workspace};
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::{Screen, tests::written};

/// The longest that a call may take. A machine that does not answer is tried a few times, and this one may be busy.
const LONGEST: Duration = Duration::from_secs(180);

/// The workspace that sessions work on copies of.
static WORLD: LazyLock<Workspace> = LazyLock::new(|| {
    runtime().block_on(async {
        let world = Box::pin(Workspace::new(SUBCOMMANDS.len())).await;
        // Traces of runs that are over are packed at the first opening: once, and not in every copy.
        let opened = Box::pin(open(world.home(), &world.administrator)).await;
        opened.close().await;
        world
    })
});

/// The subcommands that something is done by, as they are written: `users list`.
static SUBCOMMANDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    fn walk(command: &clap::Command, path: &str, all: &mut Vec<String>) {
        for known in command.get_subcommands() {
            let path = format!("{path} {}", known.get_name());
            match known.has_subcommands() {
                true => walk(known, &path, all),
                false => all.push(path.trim().to_owned()),
            }
        }
    }
    let mut all = Vec::new();
    walk(&Arguments::command(), "", &mut all);
    all
});

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Those that open no workspace: they say and do the same for everybody. The command line for in-house apps has the login
/// of a profile, and no account.
fn needs_no_workspace(subcommand: &str) -> bool {
    const FIRST: &[&str] = &[
        "demo",
        "workspace",
        "completions",
        "man",
        "update",
        "configure",
        "init",
        "deploy",
        "envs",
        "status",
        "open",
        "logs",
        "rollback",
        "releases",
        "secrets",
        "run",
        "delete",
        "destroy",
        "ci",
        "access",
    ];
    let first = subcommand.split(' ').next().unwrap_or_default();
    FIRST.contains(&first) || subcommand == "journal verify"
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// Nobody: no password is given.
    Nobody,
    EndUser,
    A,
    B,
    Administrator,
}

impl Who {
    const ALL: [Self; 5] = [
        Self::Nobody,
        Self::EndUser,
        Self::A,
        Self::B,
        Self::Administrator,
    ];

    fn person(self) -> Option<&'static Person> {
        match self {
            Self::Nobody => None,
            Self::EndUser => Some(&WORLD.customers[0].end_user),
            Self::A => Some(&WORLD.customers[0].administrator),
            Self::B => Some(&WORLD.customers[1].administrator),
            Self::Administrator => Some(&WORLD.administrator),
        }
    }
}

/// What came of a call.
struct Came {
    word: String,
    said: String,
}

fn came(outcome: Result<ExitCode, Failure>) -> Came {
    let (word, mut said) = match &outcome {
        Ok(code) if *code == ExitCode::SUCCESS => ("ok".to_owned(), String::new()),
        Ok(code) if *code == ExitCode::from(1) => ("failed".to_owned(), String::new()),
        Ok(code) => (format!("{code:?}"), String::new()),
        Err(failure) => {
            let said: Value = serde_json::from_str(&failure.json()).unwrap();
            let code = said["error"]["code"].as_str().unwrap().to_owned();
            (
                code,
                format!("{}{}", failure.json(), failure.sentence(Language::Fr)),
            )
        }
    };
    said.push_str(&written());
    Came { word, said }
}

fn parsed(subcommand: &str, thing: &Thing, folder: &str) -> Arguments {
    let words = words(subcommand, thing, folder).unwrap_or_else(|| {
        panic!("{subcommand} is new: say in crates/cli/src/matrix/calls.rs how it is called")
    });
    Arguments::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
}

type Cells = BTreeMap<(String, Who, Whose), Came>;

/// The place of the server that the `n`-th subcommand is about: each has one of its own, but that an entry is taken from where
/// it was put.
fn place(n: usize, subcommand: &str) -> usize {
    let put = || {
        SUBCOMMANDS
            .iter()
            .position(|known| known == "gates install")
    };
    match subcommand {
        "gates update" | "gates remove" => put().unwrap(),
        _ => n,
    }
}

/// What gets a session of its own, beside the others: a wrong code makes the next password wait, and before a machine is
/// switched it is looked for during a minute.
fn apart(subcommand: &str) -> bool {
    matches!(
        subcommand,
        "accounts totp on" | "accounts totp off" | "servers api"
    )
}

/// Held while a session begins: the memory that a password costs is not asked for by all at once.
static BEGINNING: Mutex<()> = Mutex::new(());

/// Somebody at work, on a copy of the workspace.
struct Session {
    who: Who,
    whose: Whose,
    home: TempDir,
    runtime: Runtime,
    opened: Option<Opened>,
}

impl Session {
    fn new(who: Who, whose: Whose) -> Self {
        let _alone = BEGINNING.lock().unwrap();
        let home = tempfile::tempdir().unwrap();
        let runtime = runtime();
        for (name, text) in [
            ("password", "un mot de passe tres long 77\n"),
            ("same", PASSWORD),
        ] {
            std::fs::write(home.path().join(name), text).unwrap();
        }
        let opened = who.person().map(|person| {
            WORLD.copy_to(home.path());
            runtime.block_on(open(home.path(), person))
        });
        Self {
            who,
            whose,
            home,
            runtime,
            opened,
        }
    }

    /// Asks the `n`-th subcommand.
    fn ask(&self, n: usize, subcommand: &str) -> Came {
        let Self { who, whose, .. } = *self;
        let screen = Screen::new(true, Language::En);
        let thing = WORLD.thing(who.person(), whose, place(n, subcommand), n);
        let folder = self.home.path().display().to_string();
        let mut arguments = parsed(subcommand, &thing, &folder);
        let outcome = match &self.opened {
            Some(opened) => {
                let asked = Box::pin(in_workspace(&arguments.command, opened, &screen));
                self.runtime.block_on(asked)
            }
            None => {
                // Nobody has its password.
                arguments.workspace = Some(WORLD.folder.clone());
                arguments.password_file = Some(self.home.path().join("no password"));
                let asked = Box::pin(carry_out(&arguments, &screen));
                self.runtime.block_on(asked)
            }
        };
        let mut came = came(outcome);
        if let Some(person) = who.person() {
            let told = WORLD.told_of_others(person, &came.said, &format!("{thing:?}"));
            assert!(
                told.is_empty(),
                "{subcommand} {whose:?} tells {who:?} {told:?}: {}",
                came.said
            );
        }
        // What was asked may be repeated, and is no difference.
        for (own, word) in [(&thing.name, "NAME"), (&folder, "FOLDER")] {
            came.said = came.said.replace(own, word);
        }
        came
    }

    fn end(self) {
        if let Some(opened) = self.opened {
            self.runtime.block_on(opened.close());
        }
    }
}

async fn open(home: &Path, person: &Person) -> Opened {
    let program = towerify_test_customers::program(home);
    let entry = towerify_test_customers::entry(person);
    workspace::unlock(&program, entry).await.unwrap();
    Opened::with(program, PASSWORD.into()).unwrap()
}

/// The calls that are out at the moment, and since when.
type Asking = Mutex<BTreeMap<(String, Who, Whose), Instant>>;

/// These calls of one person about one kind of thing, one after the other.
fn of(who: Who, whose: Whose, subcommands: &[usize], asking: &Asking) -> Cells {
    let session = Session::new(who, whose);
    let mut cells = Cells::new();
    for n in subcommands {
        let subcommand = &SUBCOMMANDS[*n];
        let call = (subcommand.clone(), who, whose);
        asking.lock().unwrap().insert(call.clone(), Instant::now());
        let came = session.ask(*n, subcommand);
        asking.lock().unwrap().remove(&call);
        cells.insert(call, came);
    }
    session.end();
    cells
}

/// All calls. Those of each person about each kind of thing have a thread: what waits for a machine that does not answer
/// waits side by side, and no call about one thing meets what a call about another left.
fn cells() -> Cells {
    LazyLock::force(&WORLD);
    let asked = (0..SUBCOMMANDS.len()).filter(|n| !needs_no_workspace(&SUBCOMMANDS[*n]));
    // Before anybody waits for an answer.
    for n in asked.clone() {
        let _known = parsed(&SUBCOMMANDS[n], &WORLD.thing(None, Whose::Own, n, n), "");
    }
    let (alone, together): (Vec<_>, Vec<_>) = asked.partition(|n| apart(&SUBCOMMANDS[*n]));
    let lists: Vec<Vec<usize>> = alone
        .into_iter()
        .map(|n| vec![n])
        .chain([together])
        .collect();
    let asking = Arc::new(Asking::default());
    let mut sessions = Vec::new();
    for who in Who::ALL {
        for whose in Whose::ALL {
            for list in lists.clone() {
                let asking = Arc::clone(&asking);
                sessions.push(std::thread::spawn(move || of(who, whose, &list, &asking)));
            }
        }
    }
    while !sessions.iter().all(JoinHandle::is_finished) {
        std::thread::sleep(Duration::from_millis(100));
        let asking = asking.lock().unwrap().clone();
        let late = asking.iter().find(|(_, since)| since.elapsed() > LONGEST);
        assert!(
            late.is_none(),
            "does not come back, and is to be asked so that it ends (crates/cli/src/matrix/calls.rs): {late:?}"
        );
    }
    let mut cells = Cells::new();
    for session in sessions {
        cells.extend(session.join().unwrap_or_else(|why| resume_unwind(why)));
    }
    cells
}

/// What everybody may ask who has an account: about that account.
fn is_about_oneself(subcommand: &str) -> bool {
    const ALL: [&str; 6] = [
        "accounts me",
        "accounts password",
        "accounts totp on",
        "accounts totp off",
        "accounts recovery-key ",
        "accounts keyring ",
    ];
    ALL.iter().any(|words| subcommand.starts_with(words))
}

fn cell(cells: &Cells, subcommand: &str, who: Who) -> String {
    let word = |whose| cells[&(subcommand.to_owned(), who, whose)].word.clone();
    towerify_test_customers::cell(&Whose::ALL.map(word))
}

fn page(cells: &Cells) -> String {
    let mut page = String::from(
        "# What the command line may be asked, and who gets it\n\n\
         Written by the tests of `crates/cli/src/matrix`, which ask every subcommand as everybody (`UPDATE=1` writes it anew). A \
         cell is what the call came to: `ok`; `failed`, where a run was begun that could not reach its server (nobody listens \
         where the servers of the test are); or the error's code: `usage` where no password was given, `busy` where the server \
         has a run that is paused, `no_entry` where a customer's administrator has no entry of their own to it. Three words are: \
         about one's own thing · about another customer's · about what does not exist; an administrator's own are one customer's, \
         and all are theirs.\n\n\
         | subcommand | nobody | end user | A’s administrator | B’s administrator | administrator |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for subcommand in SUBCOMMANDS.iter() {
        let row = match needs_no_workspace(subcommand) {
            true => "opens no workspace | | | |".to_owned(),
            false => Who::ALL.map(|who| cell(cells, subcommand, who)).join(" | "),
        };
        writeln!(page, "| `{subcommand}` | {row} |").unwrap();
    }
    page
}

#[test]
fn every_subcommand_answers_everybody_as_the_table_says() {
    let cells = cells();
    // However the table is written anew.
    for ((subcommand, who, whose), came) in &cells {
        let fine = match who {
            Who::Nobody => came.word == "usage",
            Who::EndUser => came.word == "denied" || is_about_oneself(subcommand),
            Who::A | Who::B | Who::Administrator => true,
        };
        assert!(fine, "{subcommand} {whose:?}: {who:?} gets {}", came.word);
    }
    for who in [Who::EndUser, Who::A, Who::B] {
        for subcommand in SUBCOMMANDS.iter().filter(|name| !needs_no_workspace(name)) {
            // What is asked about no thing tells none from another.
            let asked = |whose| words(subcommand, &WORLD.thing(who.person(), whose, 0, 0), "");
            if asked(Whose::Anothers) == asked(Whose::Nobodys) {
                continue;
            }
            let said = |whose| {
                let came: &Came = &cells[&(subcommand.clone(), who, whose)];
                format!("{} {}", came.word, without_ids(&came.said))
            };
            assert_eq!(
                said(Whose::Anothers),
                said(Whose::Nobodys),
                "{subcommand} tells {who:?} another's thing from what is nowhere"
            );
        }
    }
    let page = page(&cells);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/matrix/command-line.md");
    assert_kept(&page, &path);
}

/// Those that open no workspace are those that `carry_out` does before it opens one.
#[test]
fn what_opens_no_workspace_is_known() {
    let none: Vec<&str> = SUBCOMMANDS
        .iter()
        .map(String::as_str)
        .filter(|name| needs_no_workspace(name))
        .collect();
    let screen = Screen::new(true, Language::En);
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().display().to_string();
    for (name, words) in [
        ("completions", vec!["completions", "bash"]),
        ("man", vec!["man", &folder]),
    ] {
        assert!(none.contains(&name));
        let words = ["towerify"].iter().chain(&words);
        let arguments = Arguments::try_parse_from(words).unwrap();
        runtime()
            .block_on(Box::pin(carry_out(&arguments, &screen)))
            .unwrap();
    }
    assert!(matches!(
        Arguments::try_parse_from(["towerify", "journal", "verify", "x"])
            .unwrap()
            .command,
        Command::Journal(Journal::Verify { .. })
    ));
    written();
}
