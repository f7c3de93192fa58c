//! The plan: which steps there are for which choices, in words, and the run that is made of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use towerify_domain::{
    Permit, Words,
    id::RunId,
    policy::may,
    provisioning::{Certificate, Choices, Dns},
};
use towerify_runs::{Plan, Step};
use towerify_store::Server;

use crate::{
    Actor, Result, Workspace, gates,
    provisioning::{
        choices::checked,
        disconnect,
        former::Former,
        job::Job,
        steps::ProvisionStep,
        view::{Machine, Order, PlannedStep},
    },
    workspace::Reach,
};

/// What a run of this kind keeps, to be built again from. Without secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Input {
    /// A machine is made into a server.
    Provision {
        /// How.
        choices: Box<Choices>,
    },
    /// The HTTP API is switched.
    Api {
        /// On or off.
        on: bool,
    },
    /// What was put on a server is taken away.
    Disconnect {
        /// What, as it was.
        formers: Vec<Former>,
        /// The entries of restricted administrators.
        #[serde(default)]
        gates: Vec<gates::Holder>,
    },
}

/// A step of a provisioning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Reach,
    Preflight,
    Records,
    Key,
    Prepare,
    Install,
    Postinstall,
    Admin,
    RootLogin,
    Permissions,
    SshPort,
    Diagnosis,
    Certificate,
    MailPorts,
    NeverBanned,
    Api,
    Upgrades,
    Snapshot,
    Backup,
}

impl Kind {
    /// All, in order.
    const ALL: [Self; 19] = [
        Self::Reach,
        Self::Preflight,
        Self::Records,
        Self::Key,
        Self::Prepare,
        Self::Install,
        Self::Postinstall,
        Self::Admin,
        Self::RootLogin,
        Self::Permissions,
        Self::SshPort,
        Self::Diagnosis,
        Self::Certificate,
        Self::MailPorts,
        Self::NeverBanned,
        Self::Api,
        Self::Upgrades,
        Self::Snapshot,
        Self::Backup,
    ];

    /// Whether these choices need it.
    fn is_wanted(self, choices: &Choices) -> bool {
        match self {
            Self::Records => choices.dns != Dns::None,
            Self::SshPort => choices.ssh_port != 22,
            Self::Certificate => choices.certificate != Certificate::SelfSigned,
            Self::MailPorts => !choices.mail,
            Self::NeverBanned => !choices.never_ban.is_empty(),
            Self::Backup => choices.backup,
            _ => true,
        }
    }

    /// Its name in the plan.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reach => "reach",
            Self::Preflight => "preflight",
            Self::Records => "records",
            Self::Key => "key",
            Self::Prepare => "prepare",
            Self::Install => "install",
            Self::Postinstall => "postinstall",
            Self::Admin => "admin",
            Self::RootLogin => "root_login",
            Self::Permissions => "permissions",
            Self::SshPort => "ssh_port",
            Self::Diagnosis => "diagnosis",
            Self::Certificate => "certificate",
            Self::MailPorts => "mail_ports",
            Self::NeverBanned => "never_banned",
            Self::Api => "api",
            Self::Upgrades => "upgrades",
            Self::Snapshot => "snapshot",
            Self::Backup => "backup",
        }
    }

    /// What it does.
    pub(crate) fn intent(self, choices: &Choices) -> Words {
        let (domain, admin) = (&choices.domain, &choices.admin);
        match self {
            Self::Reach => Words::new("Reach the machine", "Joindre la machine"),
            Self::Preflight => Words::new("Look at the machine", "Examiner la machine"),
            Self::Records => Words::new(
                format!("Ask for the records of {domain}"),
                format!("Demander les enregistrements de {domain}"),
            ),
            Self::Key => Words::new(
                "Make a key for this server, and log in with it",
                "Faire une clé pour ce serveur, et s’y connecter avec",
            ),
            Self::Prepare => Words::new(
                "Wait for apt, and clear what an earlier try left",
                "Attendre apt, et retirer les restes d’un essai précédent",
            ),
            Self::Install => Words::new("Install YunoHost", "Installer YunoHost"),
            Self::Postinstall => Words::new(
                format!("Set YunoHost up for {domain}"),
                format!("Configurer YunoHost pour {domain}"),
            ),
            Self::Admin => Words::new(
                format!("Log in as {admin}, by key and without a password for sudo"),
                format!("Se connecter comme {admin}, par clé et sans mot de passe pour sudo"),
            ),
            Self::RootLogin => Words::new("Take our key from root", "Retirer notre clé à root"),
            Self::Permissions => Words::new(
                format!("Give {admin} SSH and SFTP"),
                format!("Donner SSH et SFTP à {admin}"),
            ),
            Self::SshPort => Words::new(
                format!("Move SSH to port {}", choices.ssh_port),
                format!("Passer SSH au port {}", choices.ssh_port),
            ),
            Self::Diagnosis => Words::new("Run the diagnosis", "Lancer le diagnostic"),
            Self::Certificate => match choices.certificate {
                Certificate::LetsEncrypt => Words::new(
                    format!("Get a certificate for {domain} from Let’s Encrypt"),
                    format!("Obtenir de Let’s Encrypt un certificat pour {domain}"),
                ),
                Certificate::Own | Certificate::SelfSigned => Words::new(
                    format!("Put your certificate for {domain}"),
                    format!("Poser votre certificat pour {domain}"),
                ),
            },
            Self::MailPorts => Words::new("Close the mail ports", "Fermer les ports du mail"),
            Self::NeverBanned => Words::new(
                "List the addresses that are never banned",
                "Inscrire les adresses jamais bannies",
            ),
            Self::Api if choices.api => {
                Words::new("Leave the HTTP API on", "Laisser l’API HTTP active")
            }
            Self::Api => Words::new("Switch the HTTP API off", "Désactiver l’API HTTP"),
            Self::Upgrades if choices.unattended_upgrades => Words::new(
                "Let security updates install themselves",
                "Laisser les mises à jour de sécurité s’installer seules",
            ),
            Self::Upgrades => Words::new(
                "Stop security updates from installing themselves",
                "Ne pas laisser les mises à jour de sécurité s’installer seules",
            ),
            Self::Snapshot => Words::new("Read the new server", "Lire le nouveau serveur"),
            Self::Backup => Words::new("Make a first backup", "Faire une première sauvegarde"),
        }
    }

    /// Why, and what it leaves behind.
    fn why(self, choices: &Choices) -> Words {
        match self {
            Self::Reach => Words::new(
                "Nothing is sent before its host key is the accepted one.",
                "Rien n’est envoyé avant que sa clé d’hôte soit celle acceptée.",
            ),
            Self::Preflight => Words::new(
                "Everything that would stop the installation half-way is looked for now. Nothing is changed.",
                "Tout ce qui arrêterait l’installation en chemin est cherché maintenant. Rien n’est changé.",
            ),
            Self::Records => Words::new(
                format!(
                    "The domain and the names below it must lead to this machine. Only {} is asked.",
                    choices.resolver
                ),
                format!(
                    "Le domaine et les noms en dessous doivent mener à cette machine. Seul {} est interrogé.",
                    choices.resolver
                ),
            ),
            Self::Key => Words::new(
                "Its private half stays sealed in this workspace. The password that you gave is forgotten.",
                "Sa moitié privée reste scellée dans cet espace de travail. Le mot de passe que vous avez donné est oublié.",
            ),
            Self::Prepare => Words::new(
                "The installer fails at once where apt is busy, and for ever over what a failed one left.",
                "L’installateur échoue aussitôt si apt est occupé, et toujours sur les restes d’un échec.",
            ),
            Self::Install => Words::new(
                "The official installer, 10 to 40 minutes. A machine that has YunoHost is left as it is.",
                "L’installateur officiel, 10 à 40 minutes. Une machine qui a YunoHost est laissée telle quelle.",
            ),
            Self::Postinstall => Words::new(
                "At once: until then anybody who reaches the machine could do it. The administrator’s password is sealed here first.",
                "Aussitôt : jusque-là, qui joint la machine pourrait le faire. Le mot de passe est d’abord scellé ici.",
            ),
            Self::Admin => Words::new(
                "Root is shut out by the set-up. A second connection proves the new way before the first is let go.",
                "La configuration ferme l’accès à root. Une seconde connexion prouve le nouveau chemin avant de lâcher la première.",
            ),
            Self::RootLogin => Words::new("One way in is enough.", "Un seul accès suffit."),
            Self::Permissions => Words::new(
                "So that this user keeps SSH whatever groups become.",
                "Pour que cet utilisateur garde SSH quoi que deviennent les groupes.",
            ),
            Self::SshPort => Words::new(
                "By the rule for its version, and proved by a new connection before the old one is let go.",
                "Selon la règle de sa version, et prouvé par une nouvelle connexion avant de lâcher l’ancienne.",
            ),
            Self::Diagnosis => Words::new(
                "YunoHost’s own look at itself; what it finds is in the report.",
                "Le regard de YunoHost sur lui-même ; ce qu’il trouve est dans le rapport.",
            ),
            Self::Certificate => Words::new(
                "Judged by the certificate that is there afterwards, not by what the command says.",
                "Jugé sur le certificat en place ensuite, pas sur ce que dit la commande.",
            ),
            Self::MailPorts => Words::new(
                "25, 587 and 993. How they were is written down.",
                "25, 587 et 993. Leur état précédent est noté.",
            ),
            Self::NeverBanned => Words::new(
                "In a file of ours for fail2ban, beside the distribution’s.",
                "Dans un fichier à nous pour fail2ban, à côté de ceux de la distribution.",
            ),
            Self::Api => Words::new(
                "Towerify works over SSH and does not need it.",
                "Towerify travaille par SSH et n’en a pas besoin.",
            ),
            Self::Upgrades => Words::new(
                "Debian’s own, by a file of ours where its settings say otherwise.",
                "Ceux de Debian, par un fichier à nous là où ses réglages disent autre chose.",
            ),
            Self::Snapshot => Words::new(
                "So that every page shows what is.",
                "Pour que chaque page montre ce qui est.",
            ),
            Self::Backup => Words::new(
                "Kept on the server, by YunoHost.",
                "Gardée sur le serveur, par YunoHost.",
            ),
        }
    }
}

/// The steps that these choices need.
pub(crate) fn kinds(choices: &Choices) -> Vec<Kind> {
    Kind::ALL
        .into_iter()
        .filter(|kind| kind.is_wanted(choices))
        .collect()
}

/// What would be done, step by step. The choices and the secrets are checked as [`super::begin`] does.
///
/// # Errors
/// [`crate::Code::InvalidFields`], [`crate::Code::NotFound`].
pub async fn plan(workspace: &Workspace, actor: &Actor, order: Order) -> Result<Vec<PlannedStep>> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let server = match &order.machine {
        Machine::Known { server } => Some(*server),
        Machine::New { .. } => None,
    };
    let checked = checked(
        workspace,
        &permit,
        order.choices,
        order.password,
        order.certificate_key,
        server,
    )
    .await?;
    let choices = checked.choices;
    Ok(kinds(&choices)
        .into_iter()
        .map(|kind| PlannedStep {
            name: kind.name().into(),
            intent: kind.intent(&choices),
            why: kind.why(&choices),
        })
        .collect())
}

/// The plan of a run of ours, whenever it is begun, taken up, retried or undone.
pub(crate) fn plan_of(reach: &Reach, run: RunId, server: &Server, input: Input) -> Plan {
    match input {
        Input::Provision { choices } => of_choices(reach, run, server, *choices),
        Input::Api { on } => of_switch(reach, run, server, on),
        Input::Disconnect { formers, gates } => {
            disconnect::plan_for(reach, run, server, formers, gates)
        }
    }
}

fn of_choices(reach: &Reach, run: RunId, server: &Server, choices: Choices) -> Plan {
    let title = Words::new(
        format!("Bring {} into service as {}", server.name, choices.domain),
        format!("Mettre {} en service sous {}", server.name, choices.domain),
    );
    let wanted = kinds(&choices);
    steps(reach, run, server, title, choices, &wanted)
}

fn of_switch(reach: &Reach, run: RunId, server: &Server, on: bool) -> Plan {
    let title = match on {
        true => Words::new(
            format!("Switch the HTTP API on on {}", server.name),
            format!("Activer l’API HTTP sur {}", server.name),
        ),
        false => Words::new(
            format!("Switch the HTTP API off on {}", server.name),
            format!("Désactiver l’API HTTP sur {}", server.name),
        ),
    };
    let choices = Choices {
        api: on,
        domain: server.main_domain.clone().unwrap_or_default(),
        ..Choices::default()
    };
    let wanted = [Kind::Reach, Kind::Api, Kind::Snapshot];
    steps(reach, run, server, title, choices, &wanted)
}

fn steps(
    reach: &Reach,
    run: RunId,
    server: &Server,
    title: Words,
    choices: Choices,
    wanted: &[Kind],
) -> Plan {
    let job = Job {
        reach: reach.clone(),
        server: server.id,
        run,
        choices: Arc::new(choices),
    };
    let mut plan = Plan::new(title).told_in(reach.language());
    for kind in wanted.iter().copied() {
        plan.steps.push(wrapped(Box::new(ProvisionStep {
            kind,
            job: job.clone(),
        })));
    }
    plan
}

/// The step as it is; in trials, with what a trial does around it.
pub(crate) fn wrapped(step: Box<dyn Step>) -> Box<dyn Step> {
    #[cfg(test)]
    let step = super::trials::around(step);
    step
}
