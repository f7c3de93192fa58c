//! The program killed with SIGKILL while it provisions a machine that another process holds: at every step's three
//! points, and at random moments. After a restart each ends in the state of an undisturbed run, each change made once.
//!
//! The killed program is this very test executable, run again as a child. The short form is an ordinary test; the long
//! one (`cargo xtask soak`) walks every step and point, and 200 moments.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use towerify_domain::run::RunState;

use super::{
    HERE, Point, Trial,
    every_step::undisturbed,
    ground::{Place, become_of, begun, copy_of, home, machine, opened, story},
    within,
};
use crate::{provisioning::plan::kinds, runs};

/// What a child is told, by its environment.
const TOLD: &str = "TOWERIFY_TRIAL";

/// How long a child may take to its end.
const PATIENCE: Duration = Duration::from_secs(90);

/// How many random moments the long form tries, unless it is told otherwise.
const MOMENTS: u64 = 200;

#[derive(Serialize, Deserialize)]
struct Told {
    home: std::path::PathBuf,
    place: Place,
    dies: Option<(String, Point)>,
}

/// The program that is killed. It does nothing unless it is told what.
#[test]
#[ignore = "it is the child of the others"]
fn child() {
    let Ok(told) = std::env::var(TOLD) else {
        return;
    };
    let told: Told = serde_json::from_str(&told).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let work = async {
            let (program, workspace, actor) = opened(&told.home).await;
            let run = begun(&workspace, &actor, &told.place).await;
            let end = runs::wait(&workspace, &actor, run).await;
            if end.as_ref().ok() != Some(&RunState::Done) {
                println!("{}", story(&workspace, &actor, run).await);
            }
            println!("ended: {end:?}");
            drop(workspace);
            program.close().await;
        };
        match told.dies.clone() {
            Some((step, at)) => within(Trial::Dies { step, at }, work).await,
            None => work.await,
        }
    });
}

/// A child, and what it says. One that is too slow is killed: what it said until then is the story.
struct Program {
    child: Arc<Mutex<Child>>,
    said: BufReader<ChildStdout>,
}

impl Program {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program that is killed is another process"
    )]
    fn start(told: &Told) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "provisioning::trials::crash::child",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(TOLD, serde_json::to_string(told).unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let child = Arc::new(Mutex::new(child));
        let watched = Arc::downgrade(&child);
        std::thread::spawn(move || {
            let limit = Instant::now() + PATIENCE;
            while Instant::now() < limit {
                std::thread::sleep(Duration::from_millis(200));
                if watched.strong_count() == 0 {
                    return;
                }
            }
            if let Some(child) = watched.upgrade() {
                let _ = child.lock().unwrap().kill();
            }
        });
        Self { child, said }
    }

    /// Reads until a line that begins so, or the end; all that was read.
    fn until(&mut self, wanted: &str) -> (bool, String) {
        let mut all = String::new();
        let mut line = String::new();
        while self.said.read_line(&mut line).unwrap_or(0) > 0 {
            all.push_str(&line);
            if line.contains(wanted) {
                return (true, all);
            }
            line.clear();
        }
        (false, all)
    }

    /// SIGKILL, by its process id, and its end.
    fn kill(&mut self) {
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// When the program dies.
#[derive(Clone, Debug)]
enum Death {
    At(String, Point),
    After(Duration),
}

/// One life cut, one life after it: how the machine ended up, or what went wrong.
async fn dies(empty: &std::path::Path, death: Death) -> (serde_json::Value, Vec<String>) {
    let (fleet, machine, place) = machine().await;
    let home = copy_of(empty);
    let told_place = place.clone();
    let told = Told {
        home: home.path().to_owned(),
        place,
        dies: match &death {
            Death::At(step, at) => Some((step.clone(), *at)),
            Death::After(_) => None,
        },
    };
    let shown = format!("{death:?}");
    let said = tokio::task::spawn_blocking(move || {
        let mut first = Program::start(&told);
        match death {
            Death::At(..) => {
                let (here, said) = first.until(HERE);
                assert!(here, "{death:?}: it never came there\n{said}");
            }
            Death::After(moment) => std::thread::sleep(moment),
        }
        first.kill();
        let mut second = Program::start(&Told { dies: None, ..told });
        let (ended, said) = second.until("ended:");
        assert!(
            ended && said.contains("ended: Ok(Done)"),
            "{death:?}: {said}"
        );
        said
    })
    .await;
    if let Err(error) = said {
        panic!("{shown}: {error}");
    }
    let become_ = become_of(&machine, &told_place);
    fleet.stop().await;
    become_
}

/// Numbers that look drawn and are the same each time (SplitMix64).
fn drawn(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut x = *seed;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// How long a child takes from its start to the end of its run, undisturbed.
async fn usual(empty: &std::path::Path) -> Duration {
    let (fleet, _machine, place) = machine().await;
    let home = copy_of(empty);
    let told = Told {
        home: home.path().to_owned(),
        place,
        dies: None,
    };
    let began = Instant::now();
    tokio::task::spawn_blocking(move || {
        let (ended, said) = Program::start(&told).until("ended: Ok(Done)");
        assert!(ended, "{said}");
    })
    .await
    .unwrap();
    fleet.stop().await;
    began.elapsed()
}

async fn all(deaths: Vec<Death>) {
    let expected = undisturbed().await;
    let empty = home().await;
    for (n, death) in deaths.into_iter().enumerate() {
        println!("{n}: {death:?}");
        let ended = dies(empty.path(), death.clone()).await;
        assert_eq!(ended.1, expected.1, "{death:?}");
        assert_eq!(ended.0, expected.0, "{death:?}");
    }
}

async fn moments(count: u64, seed: u64) -> Vec<Death> {
    let empty = home().await;
    let usual = usual(empty.path()).await;
    let most = u64::try_from(usual.as_millis()).unwrap().max(1);
    let mut seed = seed;
    (0..count)
        .map(|_| Death::After(Duration::from_millis(drawn(&mut seed) % most)))
        .collect()
}

/// The most delicate points, and three moments.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_the_worst_points_a_provisioning_ends_as_if_undisturbed() {
    let at = |step: &str, point| Death::At(step.into(), point);
    let mut deaths = vec![
        at("key", Point::During),
        at("install", Point::During),
        at("postinstall", Point::During),
        at("postinstall", Point::After),
        at("admin", Point::During),
        at("ssh_port", Point::During),
        at("ssh_port", Point::After),
    ];
    deaths.extend(moments(3, 1).await);
    all(deaths).await;
}

/// Every step at each of its three points.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: cargo xtask soak"]
async fn soak_killed_at_every_point_of_every_step() {
    let (fleet, _, place) = machine().await;
    fleet.stop().await;
    let deaths = kinds(&place.choices())
        .into_iter()
        .flat_map(|kind| {
            [Point::Before, Point::During, Point::After]
                .map(|point| Death::At(kind.name().into(), point))
        })
        .collect();
    all(deaths).await;
}

/// Random moments, the same each time; another seed or count by the environment.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: cargo xtask soak"]
async fn soak_killed_at_random_moments() {
    let number = |name: &str, usual: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(usual)
    };
    let count = number("TOWERIFY_SOAK_MOMENTS", MOMENTS);
    let seed = number("TOWERIFY_SOAK_SEED", 2026);
    all(moments(count, seed).await).await;
}
