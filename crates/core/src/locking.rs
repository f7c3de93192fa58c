//! Locking by itself: after a time without anybody at the window, and when the computer goes to sleep.
//!
//! Sleep is told by logind on Linux (`PrepareForSleep`), which waits for us; elsewhere, and where there is no logind, a jump
//! of the wall clock against the monotonic one, which stands still meanwhile, tells it afterwards. While a fleet run is at
//! work, nobody at the window is no reason to lock: that would hold it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::{
    Event, Program, Topic,
    clock::now,
    preferences,
    workspace::{Because, lock_because},
};

/// How often the two clocks are compared.
const TICK: Duration = Duration::from_secs(20);

/// A difference between them that is a sleep, and not a clock that was set right.
const JUMP: TimeDelta = TimeDelta::seconds(60);

/// When somebody was last at the window.
pub(crate) struct Presence(Mutex<Instant>);

impl Presence {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    pub(crate) fn touch(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches over the program until it ends: run by a face that stays open.
pub async fn watch(program: Arc<Program>) {
    let mut events = program.events().listen();
    let mut sleep = Sleep::new().await;
    let mut clocks = Clocks::now();
    loop {
        let idle = idle_deadline(&program);
        tokio::select! {
            () = sleep.comes() => {
                if program.workspace().is_ok() {
                    lock_because(&program, Because::Sleep).await;
                }
                sleep.may_come().await;
                clocks = Clocks::now();
            }
            () = tokio::time::sleep(TICK) => {
                if clocks.jumped() && program.workspace().is_ok() {
                    lock_because(&program, Because::Sleep).await;
                }
                clocks = Clocks::now();
            }
            () = until(idle) => {
                if program.is_busy() {
                    program.presence().touch();
                } else if idle_deadline(&program).is_some_and(|deadline| deadline <= Instant::now()) {
                    // Asked again: somebody may have come since the deadline was reckoned.
                    lock_because(&program, Because::Idle).await;
                }
            }
            // Another workspace, or another choice of the time: the deadline is reckoned anew.
            heard = events.recv() => {
                if let Ok(Event::Changed(topics)) = heard
                    && topics.contains(&Topic::Workspace)
                {
                    program.presence().touch();
                }
            }
        }
    }
}

/// When the open workspace is locked unless somebody comes; none while it is locked, or is never to be.
fn idle_deadline(program: &Program) -> Option<Instant> {
    let minutes = preferences::get(program).lock_after;
    let open = program
        .workspace()
        .is_ok_and(|(workspace, _)| !workspace.known().training);
    (open && minutes > 0)
        .then(|| program.presence().last() + Duration::from_secs(u64::from(minutes) * 60))
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Both clocks at one time.
struct Clocks {
    wall: DateTime<Utc>,
    monotonic: Instant,
}

impl Clocks {
    fn now() -> Self {
        Self {
            wall: now(),
            monotonic: Instant::now(),
        }
    }

    /// Whether the wall clock went on much further than the monotonic one.
    fn jumped(&self) -> bool {
        jumped(now() - self.wall, self.monotonic.elapsed())
    }
}

fn jumped(wall: TimeDelta, monotonic: Duration) -> bool {
    TimeDelta::from_std(monotonic).is_ok_and(|monotonic| wall - monotonic > JUMP)
}

#[cfg(target_os = "linux")]
use logind::Sleep;

#[cfg(target_os = "linux")]
mod logind {
    use futures::StreamExt;
    use zbus::zvariant::OwnedFd;

    /// The part of logind that tells of sleep (org.freedesktop.login1(5)).
    #[zbus::proxy(
        interface = "org.freedesktop.login1.Manager",
        default_service = "org.freedesktop.login1",
        default_path = "/org/freedesktop/login1"
    )]
    pub(super) trait Manager {
        fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;

        #[zbus(signal)]
        fn prepare_for_sleep(&self, start: bool) -> zbus::Result<()>;
    }

    /// What tells that the computer goes to sleep; where nothing does, it never comes.
    pub(super) struct Sleep {
        told: Option<(ManagerProxy<'static>, PrepareForSleepStream)>,
        held: Option<OwnedFd>,
    }

    impl Sleep {
        pub(super) async fn new() -> Self {
            match zbus::Connection::system().await {
                Ok(connection) => Self::on(&connection).await,
                Err(error) => {
                    tracing::info!(%error, "nothing tells when the computer goes to sleep");
                    Self {
                        told: None,
                        held: None,
                    }
                }
            }
        }

        pub(super) async fn on(connection: &zbus::Connection) -> Self {
            let listening = async {
                let manager = ManagerProxy::new(connection).await?;
                let signals = manager.receive_prepare_for_sleep().await?;
                zbus::Result::Ok((manager, signals))
            };
            let mut sleep = Self {
                told: listening.await.ok(),
                held: None,
            };
            sleep.may_come().await;
            sleep
        }

        /// Waits until the computer is about to sleep.
        pub(super) async fn comes(&mut self) {
            let Some((_, signals)) = &mut self.told else {
                return std::future::pending().await;
            };
            while let Some(signal) = signals.next().await {
                if signal.args().is_ok_and(|args| args.start) {
                    return;
                }
            }
            self.told = None;
            std::future::pending().await
        }

        /// Lets it sleep, and asks to be waited for the next time.
        pub(super) async fn may_come(&mut self) {
            self.held = None;
            if let Some((manager, _)) = &self.told {
                let why = "the workspace is locked first";
                self.held = manager
                    .inhibit("sleep", "Towerify", why, "delay")
                    .await
                    .ok();
            }
        }
    }
}

/// Elsewhere the clocks tell it.
#[cfg(not(target_os = "linux"))]
struct Sleep;

#[cfg(not(target_os = "linux"))]
impl Sleep {
    async fn new() -> Self {
        Self
    }

    async fn comes(&mut self) {
        std::future::pending().await
    }

    async fn may_come(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wall: i64, monotonic: u64, expected: bool) {
        let found = jumped(TimeDelta::seconds(wall), Duration::from_secs(monotonic));
        assert_eq!(found, expected, "{wall} against {monotonic}");
    }

    #[test]
    fn a_wall_clock_that_went_on_while_the_other_stood_still_is_a_sleep() {
        check(20, 20, false);
        check(75, 20, false);
        check(81, 20, true);
        check(3_600, 20, true);
        // A clock that was set back is none.
        check(-3_600, 20, false);
    }

    #[cfg(target_os = "linux")]
    mod on_a_bus {
        use std::{
            io::{BufRead as _, Write as _},
            process::{Child, Command, Stdio},
            sync::{
                Arc,
                atomic::{AtomicUsize, Ordering},
            },
            time::Duration,
        };

        use zbus::{fdo, object_server::SignalEmitter, zvariant::OwnedFd};

        use super::super::logind::Sleep;

        struct Bus(Child, String);

        impl Bus {
            #[expect(clippy::disallowed_methods, reason = "the test starts its own bus")]
            fn begin() -> Self {
                let mut bus = Command::new("dbus-daemon")
                    .args(["--session", "--nofork", "--nopidfile", "--print-address"])
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let mut address = String::new();
                std::io::BufReader::new(bus.stdout.take().unwrap())
                    .read_line(&mut address)
                    .unwrap();
                Self(bus, address.trim().to_owned())
            }

            fn builder(&self) -> zbus::connection::Builder<'_> {
                zbus::connection::Builder::address(self.1.as_str()).unwrap()
            }
        }

        impl Drop for Bus {
            fn drop(&mut self) {
                let _ = self.0.kill();
                let _ = self.0.wait();
            }
        }

        /// What stands for logind: it counts who asks to be waited for.
        struct Logind(Arc<AtomicUsize>);

        #[zbus::interface(name = "org.freedesktop.login1.Manager")]
        impl Logind {
            async fn inhibit(
                &self,
                what: &str,
                _who: &str,
                _why: &str,
                mode: &str,
            ) -> fdo::Result<OwnedFd> {
                assert_eq!((what, mode), ("sleep", "delay"));
                self.0.fetch_add(1, Ordering::SeqCst);
                let mut file = tempfile::tempfile().unwrap();
                file.write_all(b"held").unwrap();
                Ok(std::os::fd::OwnedFd::from(file).into())
            }

            #[zbus(signal)]
            async fn prepare_for_sleep(
                emitter: &SignalEmitter<'_>,
                start: bool,
            ) -> zbus::Result<()>;
        }

        #[tokio::test]
        async fn logind_is_asked_to_wait_and_its_word_of_sleep_is_heard() {
            let bus = Bus::begin();
            let asked = Arc::new(AtomicUsize::new(0));
            let path = "/org/freedesktop/login1";
            let server = bus
                .builder()
                .name("org.freedesktop.login1")
                .unwrap()
                .serve_at(path, Logind(Arc::clone(&asked)))
                .unwrap()
                .build()
                .await
                .unwrap();
            let client = bus.builder().build().await.unwrap();
            let mut sleep = Sleep::on(&client).await;
            assert_eq!(asked.load(Ordering::SeqCst), 1);
            let logind = server
                .object_server()
                .interface::<_, Logind>(path)
                .await
                .unwrap();
            let says = async |start| {
                Logind::prepare_for_sleep(logind.signal_emitter(), start)
                    .await
                    .unwrap();
            };
            // Waking up is no sleep.
            says(false).await;
            let woken = tokio::time::timeout(Duration::from_millis(300), sleep.comes()).await;
            assert!(woken.is_err());
            says(true).await;
            tokio::time::timeout(Duration::from_secs(10), sleep.comes())
                .await
                .unwrap();
            sleep.may_come().await;
            assert_eq!(
                asked.load(Ordering::SeqCst),
                2,
                "and again for the next time"
            );
        }
    }
}
