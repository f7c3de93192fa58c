//! What somebody reads through their entry stands beside what the provider read, and neither takes the other's place.

use std::collections::BTreeSet;

use towerify_domain::server::{Reason, ServerState};
use towerify_sandbox::Fault;
use towerify_store::Sight;

use super::*;

impl Firm {
    /// The workspace in the hands of this person.
    async fn hand_to(&mut self, name: &str, password: &str) {
        let folder = PathBuf::from(&self.workspace.known().folder);
        self.program.close().await;
        let entry = Entry {
            account: Some(name.into()),
            by: WayIn::Password(password.into()),
            code: None,
        };
        workspace::open_folder(&self.program, &folder, entry)
            .await
            .unwrap();
        (self.workspace, self.actor) = self.program.workspace().unwrap();
    }

    async fn camille_comes(&mut self) {
        self.hand_to("Camille Morvan", PASSWORD).await;
    }

    async fn lea_comes(&mut self) {
        self.hand_to(LEA, PASSWORD_OF_LEA).await;
    }

    async fn read(&self) -> servers::Sweep {
        servers::refresh(&self.workspace, &self.actor, Selection::All)
            .await
            .unwrap()
    }

    async fn names(&self) -> BTreeSet<String> {
        let people = people::list(&self.workspace, &self.actor, self.server)
            .await
            .unwrap();
        people.users.into_iter().map(|user| user.username).collect()
    }

    async fn delete(&self, username: &str) {
        let begun = people::delete(&self.workspace, &self.actor, self.server, username, false);
        self.ends(begun.await.unwrap().run).await;
    }

    async fn detail(&self) -> servers::Detail {
        servers::detail(&self.workspace, &self.actor, self.server)
            .await
            .unwrap()
    }

    async fn operations(&self) -> usize {
        let seen = servers::operations(&self.workspace, &self.actor, self.server);
        seen.await.unwrap().operations.len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_through_an_entry_never_takes_the_place_of_what_the_provider_read() {
    let mut firm = Firm::new().await;
    assert_eq!(firm.read().await.answered, 1);
    let whole = firm.names().await;
    let people = people::list(&firm.workspace, &firm.actor, firm.server).await;
    let users = people.unwrap().users.into_iter();
    let theirs: Vec<String> = users
        .filter(|user| !user.admin)
        .map(|user| user.username)
        .collect();
    let [first, second, ..] = theirs.as_slice() else {
        panic!("{theirs:?}")
    };
    assert!(whole.len() > theirs.len() && firm.operations().await > 0);
    let begun = gates::install(&firm.workspace, &firm.actor, firm.server, firm.lea);
    firm.ends(begun.await.unwrap().run).await;
    firm.read().await;
    let before = firm.row().await;
    let apps = firm.store().apps().of(firm.server).await.unwrap();

    // Nothing of what the provider read is shown to them; then what they read themselves is.
    firm.lea_comes().await;
    assert_eq!(firm.names().await, BTreeSet::new());
    assert_eq!(firm.detail().await.counts.services, 0);
    assert_eq!(firm.read().await.answered, 1);
    assert_eq!(firm.names().await, theirs.iter().cloned().collect());
    assert_eq!(firm.operations().await, 0);
    assert!(firm.detail().await.counts.services > 0);
    // What they delete is gone for them at once.
    firm.delete(first).await;
    assert!(!firm.names().await.contains(first));

    // The provider's view is still whole, as old as it was.
    firm.camille_comes().await;
    assert_eq!(firm.names().await, whole);
    assert!(firm.operations().await > 0);
    let after = firm.row().await;
    assert_eq!(
        (after.state, &after.reasons, &after.summary.users),
        (before.state, &before.reasons, &before.summary.users)
    );
    assert_eq!(
        (
            after.summary.apps,
            after.summary.updates,
            after.summary.certificate_until.map(|at| at.date_naive())
        ),
        (
            before.summary.apps,
            before.summary.updates,
            before.summary.certificate_until.map(|at| at.date_naive())
        )
    );
    assert!(
        after.last_seen > before.last_seen,
        "that it answers is so for everybody"
    );
    assert_eq!(firm.store().apps().of(firm.server).await.unwrap(), apps);
    // What was deleted goes from it when the provider reads, and what the provider deletes when they read.
    firm.read().await;
    let mut left = whole;
    left.remove(first);
    assert_eq!(firm.names().await, left);
    firm.delete(second).await;
    assert!(!firm.names().await.contains(second));

    firm.lea_comes().await;
    assert!(firm.names().await.contains(second), "as they read it last");
    firm.read().await;
    let left = theirs.iter().skip(2).cloned().collect();
    assert_eq!(firm.names().await, left);

    // With the entry goes what was read through it.
    firm.camille_comes().await;
    let begun = gates::remove(&firm.workspace, &firm.actor, firm.server, firm.lea);
    firm.ends(begun.await.unwrap().run).await;
    let snapshots = firm.store().snapshots();
    let left = snapshots
        .of(Sight::Gate(firm.lea), firm.server)
        .await
        .unwrap();
    assert_eq!(left, []);
    assert!(
        !snapshots
            .of(Sight::Whole, firm.server)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_in_that_is_refused_to_them_says_nothing_of_the_server() {
    let mut firm = Firm::new().await;
    let begun = gates::install(&firm.workspace, &firm.actor, firm.server, firm.lea);
    firm.ends(begun.await.unwrap().run).await;
    firm.read().await;
    let before = firm.row().await;
    firm.lea_comes().await;
    let place = firm._fleet.server(SERVER).unwrap();
    place.faults().set(Fault::RefusedLogin);
    let failed = firm.read().await.failed;
    assert_eq!(failed[0].error.code, Code::AuthenticationFailed);
    let after = firm.row().await;
    assert_eq!(
        (after.state, after.last_tried),
        (before.state, before.last_tried)
    );

    // What is so for everybody is written down, whoever sees it.
    place.faults().set(Fault::Hang);
    let failed = firm.read().await.failed;
    assert_eq!(failed[0].error.code, Code::TimedOut);
    assert_eq!(firm.row().await.state, ServerState::Unreachable);
    place.faults().clear();
    firm.read().await;
    let again = firm.row().await;
    assert_eq!(
        (again.state, again.summary.users),
        (before.state, before.summary.users)
    );
    assert!(
        !again
            .reasons
            .iter()
            .any(|known| known.reason == Reason::NoAnswer)
    );
}
