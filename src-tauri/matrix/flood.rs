//! One customer's administrator who asks for everything they can think of: nothing of the other customer is told or changed,
//! and no answer comes sooner for what is nowhere.

use std::time::{Duration, Instant};

use serde_json::Value;
use towerify_domain::id::{AccountId, CustomerId, RunId, ServerId};
use towerify_test_customers::{Customer, Rows, Runs, Thing, Whose, invented, rows, without_ids};
use uuid::Uuid;

use super::{
    Who, call,
    calls::{Call, arguments, moves_the_program},
    session::Session,
};
use crate::{ipc::TABLE, matrix::WORLD};

const CALLS: usize = 20_000;

/// Numbers that look drawn, the same each time (Marsaglia's xorshift).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % most
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Something to ask for: often the other customer's, sometimes one's own, sometimes what one made up, and all of it mixed.
fn anything(drawn: &mut Drawn, n: usize) -> Call {
    let [mine, others] = &WORLD.customers;
    let server = id(drawn, |drawn, of| {
        drawn.of(&WORLD.customers[of].servers).id.uuid()
    });
    let mut run = || RunId::from_uuid(id(drawn, a_run));
    let runs = Runs {
        paused: run(),
        failed: run(),
        done: run(),
    };
    let schedule = *drawn.of(&WORLD.schedules);
    let name = drawn.of(&others.servers).name.clone();
    let mut account = |of: fn(&Customer) -> AccountId| {
        AccountId::from_uuid(id(drawn, |_, n| of(&WORLD.customers[n]).uuid()))
    };
    Call {
        thing: Thing {
            server: ServerId::from_uuid(server),
            name,
            marker: mine.marker,
            fleets: WORLD.fleets,
            schedule,
            profile: (WORLD.profile.id.clone(), WORLD.profile.name.clone()),
            runs,
            account: account(|of| of.end_user.account),
            guest: account(|of| of.guest.account),
            administrator: account(|of| of.administrator.account),
            customer: CustomerId::from_uuid(id(drawn, |_, of| WORLD.customers[of].id.uuid())),
            n: n + 1_000,
        },
        begun: None,
        own: mine.administrator.account,
    }
}

fn id(drawn: &mut Drawn, of: impl Fn(&mut Drawn, usize) -> Uuid) -> Uuid {
    match drawn.below(20) {
        0..3 => of(drawn, 0),
        3..15 => of(drawn, 1),
        _ => invented(drawn.below(1 << 20) as u128),
    }
}

/// A quarter of a second each, for one's own password: what it opens is one's own account, whatever else is asked.
fn asks_for_a_password(command: &str) -> bool {
    matches!(
        command,
        "workspace_door"
            | "accounts_change_password"
            | "accounts_begin_second_factor"
            | "accounts_new_recovery_key"
            | "accounts_open_on_this_device"
    )
}

fn a_run(drawn: &mut Drawn, of: usize) -> Uuid {
    let server = drawn.of(&WORLD.customers[of].servers);
    let runs = *drawn.of(&[server.theirs, server.providers]);
    drawn.of(&[runs.paused, runs.failed, runs.done]).uuid()
}

/// The rows that say something of the other customer, or of the provider's own.
fn not_mine(rows: &Rows) -> Rows {
    let other = &WORLD.customers[1];
    let hex = |id: Uuid| id.simple().to_string();
    let mut words = vec![
        other.marker.to_owned(),
        other.network.to_owned(),
        hex(other.id.uuid()),
        hex(other.administrator.account.uuid()),
        hex(other.end_user.account.uuid()),
        hex(other.guest.account.uuid()),
        hex(WORLD.hop.uuid()),
        WORLD.profile.name.clone(),
    ];
    words.extend(WORLD.fleets.map(|fleet| hex(fleet.uuid())));
    words.extend(WORLD.schedules.iter().map(|schedule| hex(schedule.uuid())));
    for server in &other.servers {
        words.push(hex(server.id.uuid()));
        for runs in [server.theirs, server.providers] {
            words.extend([runs.paused, runs.failed, runs.done].map(|run| hex(run.uuid())));
        }
    }
    let says = |row: &&String| words.iter().any(|word| row.contains(word));
    rows.iter().filter(says).cloned().collect()
}

fn database(session: &Session) -> Rows {
    let path = WORLD.database_in(session.home());
    tauri::async_runtime::block_on(rows(&path, WORLD.keys().data()))
}

#[test]
fn twenty_thousand_calls_of_one_customer_tell_and_change_nothing_of_the_other() {
    let session = Session::locked(&WORLD);
    let person = Who::A.person().unwrap();
    let before = not_mine(&database(&session));
    assert!(before.len() > 500, "there is something to be changed");
    // The opening too: traces of others' runs that are over stay as they are.
    session.unlock(person).unwrap();
    let asked: Vec<&str> = TABLE
        .iter()
        .map(|command| command.name)
        .filter(|name| !moves_the_program(name) && !asks_for_a_password(name))
        .collect();
    let mut drawn = Drawn(0x5eed_0fa1);
    let (mut fine, mut refused) = (0_usize, 0_usize);
    for n in 0..CALLS {
        let command = *drawn.of(&asked);
        let arguments = arguments(command, &anything(&mut drawn, n)).unwrap();
        let answer = session.ask(command, arguments.clone());
        let told = WORLD.told_of_others(person, &format!("{answer:?}"), &arguments.to_string());
        assert!(
            told.is_empty(),
            "call {n}: {command} tells {told:?}: {arguments}: {answer:?}"
        );
        match answer {
            Ok(_) => fine += 1,
            Err(_) => refused += 1,
        }
    }
    session.close();
    assert!(fine > CALLS / 20 && refused > CALLS / 4, "{fine} {refused}");
    let after = not_mine(&database(&session));
    let changed: Vec<&String> = before.symmetric_difference(&after).collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

/// Commands whose answer could come sooner for what is nowhere, each in its own way.
const TIMED: &[&str] = &[
    "servers_detail",
    "people_list",
    "apps_catalogue",
    "people_remove",
    "runs_detail",
    "runs_trace",
    "runs_cancel",
    "runs_retry",
];

/// So often each is asked.
const ROUNDS: usize = 400;

#[test]
fn what_is_anothers_and_what_is_nowhere_take_the_same_time() {
    let session = Who::A.session();
    let ask = |command: &str, whose: Whose, n: usize| -> (Duration, Value) {
        let arguments = arguments(command, &call(Who::A, whose, n, command)).unwrap();
        let begun = Instant::now();
        let answer = session.ask(command, arguments);
        (begun.elapsed(), answer.unwrap_err())
    };
    for command in TIMED {
        let mut times = [Vec::new(), Vec::new()];
        for n in 0..ROUNDS {
            // In turn, and each first as often as the other: what else the machine does falls on both.
            let pair = [Whose::Anothers, Whose::Nobodys];
            let mut answers = Vec::new();
            for k in [n % 2, (n + 1) % 2] {
                let (time, answer) = ask(command, pair[k], n);
                times[k].push(time);
                answers.push(without_ids(&answer.to_string()));
            }
            assert_eq!(answers[0], answers[1], "{command}");
        }
        let [anothers, nobodys] = times.map(|mut all| {
            all.sort();
            all[all.len() / 2]
        });
        let (least, most) = (anothers.min(nobodys), anothers.max(nobodys));
        println!("{command}: another's {anothers:?}, nobody's {nobodys:?}");
        assert!(
            most < least.mul_f64(1.3) + Duration::from_micros(30),
            "{command}: another's {anothers:?}, nobody's {nobodys:?}"
        );
    }
}
