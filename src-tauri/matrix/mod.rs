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
use towerify_domain::id::RunId;
use towerify_test_customers::{Person, Runs, Workspace, invented, without_ids};

use self::{
    calls::{Thing, arguments, begin_run, moves_the_program},
    session::{Answer, Session},
};
use crate::ipc::{Does, TABLE};

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

/// Whose the thing is that a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Own,
    Anothers,
    Nobodys,
}

impl Whose {
    const ALL: [Self; 3] = [Self::Own, Self::Anothers, Self::Nobodys];
}

/// The thing that the `n`-th command is called about. An administrator of the provider's has all: theirs is A's here.
fn thing(who: Who, whose: Whose, n: usize, command: &str) -> Thing {
    let of_b = (who == Who::B) == (whose == Whose::Own);
    let customer = &WORLD.customers[usize::from(of_b)];
    // Those that only ask share one.
    let changing = TABLE.iter().filter(|command| changes(command.does));
    let place = changing.clone().position(|known| known.name == command);
    let server = &customer.servers[place.map_or(0, |place| place + 1)];
    let others = &WORLD.customers[usize::from(!of_b)];
    let own = who.person().unwrap_or(&WORLD.administrator).account.uuid();
    if whose == Whose::Nobodys {
        let id = |k: usize| invented((n * 10 + k) as u128);
        let run = |k| RunId::from_uuid(id(k));
        return Thing {
            server: id(0),
            name: others.servers[0].name.clone(),
            marker: others.marker.into(),
            runs: Runs {
                paused: run(1),
                failed: run(2),
                done: run(3),
            },
            begun: None,
            fleets: [id(4), id(5)],
            schedule: id(6),
            customer: id(7),
            account: id(8),
            guest: id(9),
            administrator: id(9),
            own,
            n,
        };
    }
    // What stands in the form is the same for another's thing as for nobody's, but for who may see both.
    let (marker, name) = match (who, whose) {
        (_, Whose::Own) | (Who::Administrator, _) => (customer.marker, &server.name),
        _ => (others.marker, &others.servers[0].name),
    };
    Thing {
        server: server.id.uuid(),
        name: name.clone(),
        marker: marker.into(),
        runs: match who {
            Who::Administrator => server.providers,
            _ => server.theirs,
        },
        begun: None,
        fleets: WORLD.fleets.map(|fleet| fleet.uuid()),
        schedule: WORLD.schedules[n % WORLD.schedules.len()].uuid(),
        customer: customer.id.uuid(),
        account: customer.end_user.account.uuid(),
        guest: customer.guest.account.uuid(),
        administrator: customer.administrator.account.uuid(),
        own,
        n,
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
    let mut thing = thing(who, whose, n, command);
    if command == "runs_pause" && whose == Whose::Own {
        thing.begun = begin_run(session, thing.server);
    }
    let arguments = arguments(command, &thing).unwrap_or_else(|| {
        panic!("{command} is new: say in src-tauri/matrix/calls.rs how it is called")
    });
    let answer = session.ask(command, arguments.clone());
    // The lock screen shows to everybody who may come in: it is read without a password.
    if let Some(person) = who.person().filter(|_| command != "workspace_door") {
        let told = told_of_others(person, &answer, &arguments);
        assert!(
            told.is_empty(),
            "{command} {whose:?} tells {who:?} {told:?}: {answer:?}"
        );
    }
    answer
}

/// What an answer says of customers that are not this person's: markers, addresses, ids. What was asked may be repeated.
fn told_of_others(person: &Person, answer: &Answer, asked: &Value) -> Vec<String> {
    let Some(customer) = person.customer else {
        return Vec::new();
    };
    let (text, asked) = (format!("{answer:?}"), asked.to_string());
    WORLD
        .told_of_others(customer)
        .into_iter()
        .filter(|word| text.contains(word) && !asked.contains(word))
        .collect()
}

type Cells = BTreeMap<(Who, Whose), Answer>;

fn cells() -> BTreeMap<&'static str, Cells> {
    let mut table: BTreeMap<&str, Cells> = BTreeMap::new();
    for who in Who::ALL {
        let session = who.session();
        for (n, command) in TABLE.iter().enumerate() {
            for whose in Whose::ALL {
                let answer = match moves_the_program(command.name) {
                    true if whose != Whose::Own => continue,
                    true => ask(&who.session(), who, whose, n, command.name),
                    false => ask(&session, who, whose, n, command.name),
                };
                table
                    .entry(command.name)
                    .or_default()
                    .insert((who, whose), answer);
            }
        }
    }
    table
}

/// One role's outcomes: one word where it makes no difference whose the thing is.
fn cell(cells: &Cells, who: Who) -> String {
    let words: Vec<String> = Whose::ALL
        .into_iter()
        .filter_map(|whose| cells.get(&(who, whose)).map(outcome))
        .collect();
    let all: BTreeSet<&String> = words.iter().collect();
    match all.len() {
        1 => words[0].clone(),
        _ => words.join(" · "),
    }
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
        let row = Who::ALL.map(|who| cell(cells, who)).join(" | ");
        writeln!(page, "| `{}` | {row} |", command.name).unwrap();
    }
    page
}

#[test]
fn every_command_answers_everybody_as_the_table_says() {
    let table = cells();
    for (command, cells) in &table {
        for who in [Who::EndUser, Who::A, Who::B] {
            // What is asked about no thing tells none from another.
            let asked = [Whose::Anothers, Whose::Nobodys]
                .map(|whose| arguments(command, &thing(who, whose, 0, command)));
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
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let changed: Vec<String> = lines(&page)
        .symmetric_difference(&lines(&kept))
        .cloned()
        .collect();
    assert!(
        kept == page,
        "docs/matrix/window.md is stale (UPDATE=1 writes it anew): {changed:#?}"
    );
}

/// Whether two answers differ otherwise than by the ids that were asked.
fn differing(a: String, b: String) -> bool {
    without_ids(&a) != without_ids(&b)
}
