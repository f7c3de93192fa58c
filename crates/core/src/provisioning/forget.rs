//! Forgetting a server: it leaves the workspace, after saying what is lost here, and what of ours stays there.

use towerify_domain::{Permit, Words, id::ServerId, policy::may};
use towerify_store::RunFilter;

use crate::{
    Actor, Result, Workspace,
    connections::kind,
    provisioning::{disconnect::disconnect_plan, former::all, view::Losses},
    servers::{self, server_of},
};

/// What is lost here, and what of ours stays on the server.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn forget_says(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<Losses> {
    let permit = Permit::<may::RemoveServer>::ask(actor)?;
    let server = server_of(workspace, &permit, id).await?;
    let store = workspace.store(&permit);
    let kept = store.credentials().of(id).await?;
    let has = |wanted: &str| kept.iter().any(|kept| kept.kind == wanted);
    let mut lost = Vec::new();
    if has(kind::KEY) {
        lost.push(Words::new(
            "The key that one logs in with: it is in no other place.",
            "La clé qui permet de s’y connecter : elle n’est nulle part ailleurs.",
        ));
    }
    if let Some(admin) = kept.iter().find(|kept| kept.kind == kind::ADMIN_PASSWORD) {
        let admin = admin.public.clone().unwrap_or_default();
        lost.push(Words::new(
            format!("The password of {admin}, drawn here: note it first if nobody else has it."),
            format!("Le mot de passe de {admin}, tiré ici : notez-le d’abord si personne d’autre ne l’a."),
        ));
    }
    if has(kind::PASSWORD) || has(kind::SUDO_PASSWORD) {
        lost.push(Words::new(
            "The password that is kept for logging in.",
            "Le mot de passe gardé pour s’y connecter.",
        ));
    }
    lost.push(Words::new(
        "Its pinned host key: at the next contact it has to be compared again.",
        "Sa clé d’hôte épinglée : au prochain contact il faudra la comparer à nouveau.",
    ));
    lost.push(Words::new(
        "What it last answered: users, apps, domains, diagnosis.",
        "Ce qu’il a répondu en dernier : utilisateurs, apps, domaines, diagnostic.",
    ));
    let filter = RunFilter {
        server: Some(id),
        ..RunFilter::default()
    };
    let runs = store
        .runs()
        .page(permit.within(), &filter, 0, 1)
        .await?
        .total;
    lost.push(Words::new(
        format!("Nothing of its {runs} runs and of the journal: they stay."),
        format!("Rien de ses {runs} opérations ni du journal : ils restent."),
    ));
    let stays = if all(workspace.reach(&permit), id).await?.is_empty() {
        Vec::new()
    } else {
        disconnect_plan(workspace, actor, id).await?
    };
    Ok(Losses {
        server: server.name,
        lost,
        stays,
    })
}

/// Takes a server out of the workspace. Nothing changes on it: [`super::disconnect`] comes first, if our traces are to
/// go too.
///
/// # Errors
/// As [`servers::remove`].
pub async fn forget(workspace: &Workspace, actor: &Actor, id: ServerId) -> Result<()> {
    servers::remove(workspace, actor, id).await
}
