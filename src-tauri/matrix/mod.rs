//! Who may ask what over the wire: every command of the window, as everybody, about one's own things, another customer's and
//! what is nowhere. The answers stand in `docs/matrix/window.md`.

mod calls;
mod flood;
mod session;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
    sync::LazyLock,
};

use serde_json::Value;
use towerify_test_customers::{
    LOGIN, PASSWORD, Person, RUN_SECRET, Search, Whose, Workspace, assert_kept, without_ids,
};

use self::{
    calls::{Call, arguments, begin_run, moves_the_program},
    session::{Answer, Session},
};
use crate::ipc::{Does, TABLE};

/// What is kept in the workspace or told to a command, and is in no answer and in no file.
const SECRETS: [(&str, &str); 4] = [
    ("everybody's password", PASSWORD),
    ("a password that was chosen", calls::CHOSEN),
    ("a login", LOGIN),
    ("what a run keeps", RUN_SECRET),
];

/// The workspace that sessions work on copies of.
static WORLD: LazyLock<Workspace> =
    LazyLock::new(|| tauri::async_runtime::block_on(Workspace::new(servers())));

/// One for the commands that ask, and one for each of those that change: no call meets what another left.
fn servers() -> usize {
    TABLE.iter().filter(|command| changes(command.does)).count() + 2
}

fn changes(does: Does) -> bool {
    matches!(does, Does::Change(_))
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// Nobody: no workspace is known.
    NoWorkspace,
    /// Nobody: the workspace is locked.
    Locked,
    EndUser,
    A,
    B,
    Administrator,
}

impl Who {
    const ALL: [Self; 6] = [
        Self::NoWorkspace,
        Self::Locked,
        Self::EndUser,
        Self::A,
        Self::B,
        Self::Administrator,
    ];

    fn person(self) -> Option<&'static Person> {
        match self {
            Self::NoWorkspace | Self::Locked => None,
            Self::EndUser => Some(&WORLD.customers[0].end_user),
            Self::A => Some(&WORLD.customers[0].administrator),
            Self::B => Some(&WORLD.customers[1].administrator),
            Self::Administrator => Some(&WORLD.administrator),
        }
    }

    fn session(self) -> Session {
        match (self, self.person()) {
            (Self::NoWorkspace, _) => Session::fresh(),
            (_, None) => Session::locked(&WORLD),
            (_, Some(person)) => Session::of(&WORLD, person),
        }
    }
}

/// What the `n`-th command is asked about, and by whom.
fn call(who: Who, whose: Whose, n: usize, command: &str) -> Call {
    // Those that only ask share a server.
    let mut changing = TABLE.iter().filter(|command| changes(command.does));
    let place = changing.position(|known| known.name == command);
    let place = place.map_or(0, |place| place + 1);
    Call {
        thing: WORLD.thing(who.person(), whose, place, n),
        begun: None,
        own: who.person().unwrap_or(&WORLD.administrator).account,
    }
}

/// What a call came to, in a word: `ok`, or the error's code.
fn outcome(answer: &Answer) -> String {
    match answer {
        Ok(_) => "ok".into(),
        Err(Value::Object(error)) => error["code"].as_str().unwrap_or("?").into(),
        // Tauri itself: the arguments are not those of the command.
        Err(other) => panic!("the call was not understood: {other}"),
    }
}

/// Asks one command about one thing.
fn ask(session: &Session, who: Who, whose: Whose, n: usize, command: &str) -> Answer {
    let mut call = call(who, whose, n, command);
    if command == "runs_pause" && whose == Whose::Own {
        call.begun = begin_run(session, call.thing.server);
    }
    let arguments = arguments(command, &call).unwrap_or_else(|| {
        panic!("{command} is new: say in src-tauri/matrix/calls.rs how it is called")
    });
    let answer = session.ask(command, arguments.clone());
    // The lock screen shows to everybody who may come in: it is read without a password.
    if let Some(person) = who.person().filter(|_| command != "workspace_door") {
        let told = WORLD.told_of_others(person, &format!("{answer:?}"), &arguments.to_string());
        assert!(
            told.is_empty(),
            "{command} {whose:?} tells {who:?} {told:?}: {answer:?}"
        );
    }
    answer
}

type Cells = BTreeMap<(Who, Whose), Answer>;

fn cells() -> (BTreeMap<&'static str, Cells>, Search) {
    let mut table: BTreeMap<&str, Cells> = BTreeMap::new();
    let mut search = Search::default();
    for (name, secret) in SECRETS {
        search.plant(name, secret);
    }
    for who in Who::ALL {
        let session = who.session();
        for (n, command) in TABLE.iter().enumerate() {
            for whose in Whose::ALL {
                let answer = match moves_the_program(command.name) {
                    true if whose != Whose::Own => continue,
                    true => {
                        let apart = who.session();
                        let answer = ask(&apart, who, whose, n, command.name);
                        search.look_below(apart.home());
                        answer
                    }
                    false => ask(&session, who, whose, n, command.name),
                };
                let said = match &answer {
                    Ok(value) | Err(value) => value.to_string(),
                };
                search.look(
                    &format!("the answer of {} to {who:?}", command.name),
                    said.as_bytes(),
                );
                table
                    .entry(command.name)
                    .or_default()
                    .insert((who, whose), answer);
            }
        }
        search.look_below(session.home());
    }
    (table, search)
}

fn page(table: &BTreeMap<&'static str, Cells>) -> String {
    let mut page = String::from(
        "# What the window may ask, and who gets it\n\n\
         Written by the tests of `src-tauri/matrix`, which ask every command as everybody (`UPDATE=1` writes it anew). A cell is \
         what the call came to: `ok`, or the error's code. Three words are: about one's own thing · about another customer's · \
         about what does not exist; an administrator's own are one customer's, and all are theirs. Nobody listens where the \
         servers of the test are: `connection_refused` was let through.\n\n\
         | command | no workspace | locked | end user | A’s administrator | B’s administrator | administrator |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for command in TABLE {
        let cells = &table[command.name];
        let cell = |who| {
            let answers = Whose::ALL
                .iter()
                .filter_map(|whose| cells.get(&(who, *whose)));
            towerify_test_customers::cell(&answers.map(outcome).collect::<Vec<_>>())
        };
        let row = Who::ALL.map(cell).join(" | ");
        writeln!(page, "| `{}` | {row} |", command.name).unwrap();
    }
    page
}

#[test]
fn every_command_answers_everybody_as_the_table_says() {
    let (table, search) = cells();
    assert_eq!(
        search.found(),
        &BTreeSet::new(),
        "a secret came out with an answer, or lies in a file"
    );
    for (command, cells) in &table {
        for who in [Who::EndUser, Who::A, Who::B] {
            // What is asked about no thing tells none from another.
            let asked = [Whose::Anothers, Whose::Nobodys]
                .map(|whose| arguments(command, &call(who, whose, 0, command)));
            if asked[0] == asked[1] {
                continue;
            }
            // In body and in code.
            let alike = [Whose::Anothers, Whose::Nobodys].map(|whose| {
                let answer = cells.get(&(who, whose));
                answer.map(|answer| format!("{answer:?}"))
            });
            let [anothers, nobodys] = alike;
            let differ = differing(anothers.unwrap_or_default(), nobodys.unwrap_or_default());
            assert!(
                !differ,
                "{command} tells {who:?} another's thing from what is nowhere: {:?} and {:?}",
                cells.get(&(who, Whose::Anothers)),
                cells.get(&(who, Whose::Nobodys)),
            );
        }
    }
    let page = page(&table);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/matrix/window.md");
    assert_kept(&page, &path);
}

/// Whether two answers differ otherwise than by the ids that were asked.
fn differing(a: String, b: String) -> bool {
    without_ids(&a) != without_ids(&b)
}
