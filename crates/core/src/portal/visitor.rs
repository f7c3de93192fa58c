//! Who asks, and what they reach by it.

use std::sync::Arc;

use towerify_domain::{
    Actor, Permit,
    id::{AccountId, PlaceId},
    policy::may,
};
use towerify_driver::portal::{Accepted, Door, Portal};

use super::{
    book::{Book, Logos, Place},
    refusal::app_error,
};
use crate::{
    AppError, Program, Result, Topic, Workspace,
    clock::now,
    journal::{Subject, note_about},
};

/// Who asks: an account of the open workspace, or, without one, nobody but themselves.
#[derive(Clone)]
pub struct Visitor {
    actor: Actor,
    workspace: Option<Arc<Workspace>>,
}

impl Visitor {
    /// The account that the workspace is open with; without an open workspace whoever sits here, for themselves.
    pub fn of(program: &Program) -> Self {
        match program.workspace() {
            Ok((workspace, actor)) => Self {
                actor,
                workspace: Some(workspace),
            },
            Err(_) => Self {
                actor: Actor::oneself(),
                workspace: None,
            },
        }
    }

    /// Every use case begins here.
    pub(super) fn enter<'p>(&self, program: &'p Program) -> Result<Desk<'p>> {
        Ok(Desk {
            program,
            permit: Permit::ask(&self.actor)?,
            workspace: self.workspace.clone(),
        })
    }
}

/// What somebody with the permit reaches: their own places, and nobody else's.
pub(super) struct Desk<'p> {
    pub(super) program: &'p Program,
    permit: Permit<may::UsePortal>,
    workspace: Option<Arc<Workspace>>,
}

/// The file of whoever has no workspace, and the name of the setting of whoever has.
const BOOK: (&str, &str) = ("portal.json", "portal");
const LOGOS: (&str, &str) = ("portal-logos.json", "portal.logos");

impl Desk<'_> {
    /// Whose places these are.
    pub(super) fn owner(&self) -> AccountId {
        self.permit.actor().account
    }

    /// A conversation with a portal, without a session.
    pub(super) fn portal(&self, door: Door, accepted: Option<Accepted>) -> Result<Portal> {
        let limits = self.program.patience().portal();
        Portal::new(door, accepted, self.program.authorities(), limits)
            .map_err(|error| app_error(&error))
    }

    /// Their places.
    pub(super) async fn book(&self) -> Result<Book> {
        self.read(BOOK).await
    }

    /// The pictures of their apps.
    pub(super) async fn logos(&self) -> Result<Logos> {
        self.read(LOGOS).await
    }

    /// One place of theirs.
    pub(super) async fn place(&self, id: PlaceId) -> Result<Place> {
        let book = self.book().await?;
        book.places
            .into_iter()
            .find(|place| place.id == id)
            .ok_or_else(|| AppError::not_found("place"))
    }

    /// Changes their places; one change after the other.
    pub(super) async fn change(&self, how: impl FnOnce(&mut Book)) -> Result<()> {
        let _turn = self.program.sessions().turn().await;
        let mut book = self.book().await?;
        how(&mut book);
        self.write(BOOK, &book).await?;
        self.changed();
        Ok(())
    }

    /// Changes one place, unless it went away meanwhile.
    pub(super) async fn change_place(
        &self,
        id: PlaceId,
        how: impl FnOnce(&mut Place),
    ) -> Result<()> {
        self.change(|book| {
            if let Some(place) = book.places.iter_mut().find(|place| place.id == id) {
                how(place);
            }
        })
        .await
    }

    /// Adds to the pictures.
    pub(super) async fn change_logos(&self, how: impl FnOnce(&mut Logos)) -> Result<()> {
        let _turn = self.program.sessions().turn().await;
        let mut logos = self.logos().await?;
        how(&mut logos);
        self.write(LOGOS, &logos).await?;
        self.changed();
        Ok(())
    }

    /// Writes in the workspace's journal what an account did at one of its places. Without a workspace there is none.
    pub(super) async fn note(&self, what: &str, place: &Place, outcome: &str) -> Result<()> {
        let detail = serde_json::json!({"domain": place.domain, "user": place.username});
        self.note_with(what, outcome, detail).await
    }

    /// Keeps what was learned of a place's certificate: that an authority vouches for it, or that another came in its place
    /// for which one does.
    pub(super) async fn recognise(&self, place: &Place, portal: &Portal) -> Result<()> {
        let known = place.accepted();
        let Some(seen) = portal.accepted().filter(|seen| known != Some(*seen)) else {
            return Ok(());
        };
        if known.map(|known| known.fingerprint) != Some(seen.fingerprint) {
            let detail = serde_json::json!({
                "domain": place.domain, "user": place.username,
                "renewed": { "from": place.certificate, "to": seen.fingerprint.to_string() },
            });
            self.note_with("portal.certificate", "done", detail).await?;
        }
        self.change_place(place.id, |kept| {
            // Unless a person accepted another meanwhile.
            if kept.accepted() == known {
                kept.accept(seen, now());
            }
        })
        .await
    }

    async fn note_with(&self, what: &str, outcome: &str, detail: serde_json::Value) -> Result<()> {
        let Some(workspace) = &self.workspace else {
            return Ok(());
        };
        let actor = self.permit.actor();
        let subject = Subject {
            kind: "account",
            id: Some(actor.account.to_string()),
            name: actor.name.clone(),
            customer: actor.customer,
        };
        note_about(workspace, &self.permit, what, subject, outcome, detail).await
    }

    pub(super) fn changed(&self) {
        self.program.events().changed([Topic::Portal]);
    }

    async fn read<T: serde::de::DeserializeOwned + Default>(
        &self,
        (file, setting): (&str, &str),
    ) -> Result<T> {
        let kept = match &self.workspace {
            Some(workspace) => workspace
                .store(&self.permit)
                .settings()
                .get(Some(self.owner()), setting)
                .await?
                .and_then(|value| serde_json::from_value(value).ok()),
            None => self
                .program
                .folders()
                .kept(file, "The list of your places")?,
        };
        Ok(kept.unwrap_or_default())
    }

    async fn write<T: serde::Serialize>(
        &self,
        (file, setting): (&str, &str),
        value: &T,
    ) -> Result<()> {
        let Some(workspace) = &self.workspace else {
            let folders = self.program.folders();
            return folders.keep(file, "The list of your places", value);
        };
        let value = serde_json::to_value(value).map_err(|error| {
            AppError::new(
                crate::Code::Internal,
                format!("The list of your places: {error}."),
            )
        })?;
        let settings = workspace.store(&self.permit).settings();
        settings.set(Some(self.owner()), setting, &value).await?;
        Ok(())
    }
}
