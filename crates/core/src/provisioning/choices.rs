//! The choices of an order, checked with what only this workspace knows: which domains are taken, and the secrets.

use secrecy::{ExposeSecret, SecretString};
use towerify_domain::{
    Permit, Rule, Words,
    id::ServerId,
    policy::Named,
    provisioning::{Certificate, Choices, Password, Problem, Source, is_pem},
};
use towerify_yunohost::fields::{DomainName, FullName, Username, check_password};

use crate::{
    AppError, Result, Workspace, connections::kind, error::FieldProblem, workspace::Reach,
    yunohost_rules,
};

/// The longest script that is carried along (the machine's own bound, in bytes).
const LONGEST_SCRIPT: usize = 256 * 1024;

/// Good choices, and the secrets that go with them.
pub(super) struct Checked {
    pub(super) choices: Choices,
    /// Only where one is given.
    pub(super) password: Option<SecretString>,
    /// Only with a certificate of one's own.
    pub(super) certificate_key: Option<SecretString>,
}

/// The problems of choices, as the window shows them.
pub(super) fn said(problems: Vec<Problem>) -> AppError {
    AppError::invalid(
        problems
            .into_iter()
            .map(|problem| FieldProblem {
                field: problem.field.into(),
                words: problem.words,
            })
            .collect(),
    )
}

/// Checks everything that can be said before a machine is touched. `server` is the one that is meant, if the workspace
/// has it.
pub(super) async fn checked<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    choices: Choices,
    password: Option<SecretString>,
    certificate_key: Option<SecretString>,
    server: Option<ServerId>,
) -> Result<Checked> {
    let (choices, mut problems) = match choices.clone().checked() {
        Ok(choices) => (choices, Vec::new()),
        Err(problems) => (choices, said(problems).fields),
    };
    let mut say = |field: &str, words: Words| {
        if !problems
            .iter()
            .any(|known: &FieldProblem| known.field == field)
        {
            problems.push(FieldProblem {
                field: field.into(),
                words,
            });
        }
    };
    if let Err(rule) = DomainName::parse(&choices.domain) {
        say("domain", yunohost_rules::words(rule));
    }
    if let Err(rule) = Username::parse(&choices.admin) {
        say("admin", yunohost_rules::words(rule));
    }
    if let Err(rule) = FullName::parse(&choices.admin_fullname) {
        say("admin_fullname", yunohost_rules::words(rule));
    }
    let password = password.filter(|_| choices.password == Password::Given);
    if choices.password == Password::Given {
        match &password {
            None => say("given_password", Rule::Required.words()),
            Some(given) => {
                if let Err(rule) = check_password(given) {
                    say("given_password", yunohost_rules::words(rule));
                }
            }
        }
    }
    let certificate_key = certificate_key.filter(|_| choices.certificate == Certificate::Own);
    if choices.certificate == Certificate::Own {
        let good = certificate_key.as_ref().is_some_and(|key| {
            ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]
                .iter()
                .any(|kind| is_pem(key.expose_secret(), kind))
        });
        if !good {
            say(
                "certificate_key",
                Words::new(
                    "The certificate’s private key in PEM, without a passphrase.",
                    "La clé privée du certificat en PEM, sans phrase de passe.",
                ),
            );
        }
    }
    if choices.source == Source::File && choices.source_file.len() > LONGEST_SCRIPT {
        say(
            "source_file",
            Words::new(
                "At most 256 KiB: the script alone, not an archive.",
                "Au plus 256 Kio : le script seul, pas une archive.",
            ),
        );
    }
    if let Some(other) = workspace
        .store(permit)
        .servers()
        .with_domain(&choices.domain, server)
        .await?
    {
        say(
            "domain",
            Words::new(
                format!("{other} has this domain already."),
                format!("{other} a déjà ce domaine."),
            ),
        );
    }
    if !problems.is_empty() {
        return Err(AppError::invalid(problems));
    }
    Ok(Checked {
        choices,
        password,
        certificate_key,
    })
}

/// What must not stand in the trace of a run on this server: the secrets that are kept of it.
pub(crate) async fn conceal(reach: &Reach, server: ServerId) -> Result<Vec<SecretString>> {
    let kept = reach.store.credentials().of(server).await?;
    let mut secrets = Vec::new();
    for kind in [
        kind::ADMIN_PASSWORD,
        kind::PASSWORD,
        kind::SUDO_PASSWORD,
        kind::CERTIFICATE_KEY,
    ] {
        secrets.extend(reach.connections.secret(&kept, kind)?);
    }
    Ok(secrets)
}
