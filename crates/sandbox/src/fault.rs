//! The troubles that a test, or a trainer, can ask a server for, and where each strikes.

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

/// One trouble. All are of one server: its neighbours do not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Every piece of data that the server sends waits this long first (SSH and HTTPS).
    Slow(Duration),
    /// Connections are cut when the server has sent this many bytes since the fault was set (SSH and HTTPS).
    CutAfter(u64),
    /// The server accepts connections and says nothing more, on new and on open ones.
    Hang,
    /// Answers are nonsense: invalid UTF-8, NaN, duplicate keys, broken JSON, terminal escapes.
    Garbage,
    /// Answers never end: one line without an end, until the client goes away.
    HugeOutput,
    /// New SSH connections meet another host key.
    ChangedHostKey,
    /// New HTTPS connections meet another certificate.
    ChangedCertificate,
    /// Every login is refused, by SSH and by the API.
    RefusedLogin,
    /// The disk is full: no write begins.
    FullDisk,
    /// Somebody else holds YunoHost's lock.
    LockHeld {
        /// The holder's words: `["backup", "create"]`.
        by: Vec<String>,
    },
    /// Writes die after their first progress line, as by `kill -9`: nothing says how they ended.
    KillRuns,
    /// YunoHost is not installed: only facts answer.
    NoYunohost,
    /// YunoHost is there, and its post-installation was not made.
    NotPostinstalled,
    /// The portal's service is stopped: nginx answers 502 in its place.
    PortalDown,
    /// The directory of users is stopped: the portal answers 500, with a traceback and what was sent, in clear.
    LdapDown,
    /// An app's install script fails midway, and YunoHost takes it back.
    FailingScripts,
}

/// A server's faults at this moment. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    set: Arc<RwLock<Vec<Fault>>>,
    sent: Arc<std::sync::atomic::AtomicU64>,
}

impl Faults {
    /// Adds a fault; one of the same kind is replaced. Strikes at once, open connections too.
    pub fn set(&self, fault: Fault) {
        let mut set = self.write();
        if matches!(fault, Fault::CutAfter(_)) {
            self.sent.store(0, std::sync::atomic::Ordering::SeqCst);
        }
        set.retain(|known| std::mem::discriminant(known) != std::mem::discriminant(&fault));
        set.push(fault);
    }

    /// Makes the server healthy again.
    pub fn clear(&self) {
        self.write().clear();
    }

    /// What is set.
    pub fn all(&self) -> Vec<Fault> {
        self.read().clone()
    }

    /// Whether a fault of this exact value is set.
    pub fn has(&self, fault: &Fault) -> bool {
        self.read().contains(fault)
    }

    /// How long each piece of data waits.
    pub(crate) fn delay(&self) -> Option<Duration> {
        self.find(|fault| match fault {
            Fault::Slow(delay) => Some(*delay),
            _ => None,
        })
    }

    /// The words of the stranger that holds the lock.
    pub(crate) fn lock_holder(&self) -> Option<Vec<String>> {
        self.find(|fault| match fault {
            Fault::LockHeld { by } => Some(by.clone()),
            _ => None,
        })
    }

    /// How many of these bytes may still be sent before the connection is cut.
    pub(crate) fn allowance(&self, wanted: usize) -> Allowance {
        let Some(limit) = self.find(|fault| match fault {
            Fault::CutAfter(limit) => Some(*limit),
            _ => None,
        }) else {
            return Allowance::All;
        };
        let sent = self
            .sent
            .fetch_add(wanted as u64, std::sync::atomic::Ordering::SeqCst);
        match limit.saturating_sub(sent) {
            0 => Allowance::Cut,
            left if left >= wanted as u64 => Allowance::All,
            left => Allowance::Some(usize::try_from(left).unwrap_or(wanted)),
        }
    }

    fn find<T>(&self, of: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.read().iter().find_map(of)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<Fault>> {
        self.set
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Vec<Fault>> {
        self.set
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What of a piece of data may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// All of it.
    All,
    /// This many bytes, then the connection ends.
    Some(usize),
    /// Nothing: the connection ends.
    Cut,
}
