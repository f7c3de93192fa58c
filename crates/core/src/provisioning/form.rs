//! The form: every choice, its default, and what it does.

use towerify_domain::{Permit, Words, policy::may, provisioning::Choices};

use crate::{
    Actor, Result, Workspace,
    provisioning::{
        profiles::profiles,
        view::{Form, FormField, FormOption},
    },
};

/// The form, with the defaults and the profiles.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn form(workspace: &Workspace, actor: &Actor) -> Result<Form> {
    Permit::<may::ProvisionServer>::ask(actor)?;
    Ok(Form {
        defaults: Choices::default(),
        fields: fields(),
        profiles: profiles(workspace, actor).await?,
    })
}

fn fields() -> Vec<FormField> {
    let field = |name: &str, label: (&str, &str), does: (&str, &str)| FormField {
        name: name.into(),
        label: Words::new(label.0, label.1),
        does: Words::new(does.0, does.1),
        options: Vec::new(),
    };
    let choice = |name: &str,
                  label: (&str, &str),
                  does: (&str, &str),
                  options: &[(&str, &str, &str)]| FormField {
        options: options
            .iter()
            .map(|(value, en, fr)| FormOption {
                value: (*value).into(),
                label: Words::new(*en, *fr),
            })
            .collect(),
        ..field(name, label, does)
    };
    vec![
        field(
            "domain",
            ("Main domain", "Domaine principal"),
            (
                "The server’s own name on the web. Its apps and its portal are found there.",
                "Le nom du serveur sur le web. Ses apps et son portail s’y trouvent.",
            ),
        ),
        field(
            "admin",
            ("First administrator", "Premier administrateur"),
            (
                "Their user name on the server. Towerify logs in as this user from then on.",
                "Son nom d’utilisateur sur le serveur. Towerify s’y connecte ensuite sous ce nom.",
            ),
        ),
        field(
            "admin_fullname",
            ("Their name", "Son nom"),
            (
                "As people read it on the server.",
                "Tel qu’on le lit sur le serveur.",
            ),
        ),
        choice(
            "password",
            ("Their password", "Son mot de passe"),
            (
                "It is kept sealed in this workspace, and is the machine’s root password too.",
                "Il est conservé scellé dans cet espace de travail, et devient aussi celui de root sur la machine.",
            ),
            &[
                ("generated", "Drawn here", "Tiré au sort ici"),
                ("given", "Given", "Donné"),
            ],
        ),
        choice(
            "dns",
            ("The domain’s records", "Les enregistrements du domaine"),
            (
                "Whether the domain, and names below it, lead to this machine is asked before anything is done.",
                "On vérifie avant toute chose que le domaine, et les noms en dessous, mènent à cette machine.",
            ),
            &[
                ("resolver", "Ask a resolver", "Interroger un résolveur"),
                (
                    "none",
                    "No DNS here (isolated site)",
                    "Pas de DNS ici (site isolé)",
                ),
            ],
        ),
        field(
            "resolver",
            ("Resolver", "Résolveur"),
            ("The only one that is asked.", "Le seul qui est interrogé."),
        ),
        choice(
            "certificate",
            ("Certificate", "Certificat"),
            (
                "What browsers see first. Let’s Encrypt needs the domain to be reachable from the Internet.",
                "Ce que les navigateurs voient d’abord. Let’s Encrypt demande un domaine joignable depuis Internet.",
            ),
            &[
                ("lets_encrypt", "Let’s Encrypt", "Let’s Encrypt"),
                ("self_signed", "Self-signed", "Auto-signé"),
                (
                    "own",
                    "Your own, from files",
                    "Le vôtre, depuis des fichiers",
                ),
            ],
        ),
        field(
            "ssh_port",
            ("SSH port", "Port SSH"),
            (
                "22 unless another is wanted; a new connection proves it before the old one is let go.",
                "22 sauf si un autre est voulu ; une nouvelle connexion le prouve avant de lâcher l’ancienne.",
            ),
        ),
        field(
            "mail",
            ("Mail is wanted here", "Le mail est voulu ici"),
            (
                "Otherwise the ports 25, 587 and 993 are closed.",
                "Sinon les ports 25, 587 et 993 sont fermés.",
            ),
        ),
        field(
            "never_ban",
            ("Addresses that are never banned", "Adresses jamais bannies"),
            (
                "fail2ban leaves them alone, by a file of ours beside the distribution’s.",
                "fail2ban les épargne, par un fichier à nous à côté de ceux de la distribution.",
            ),
        ),
        field(
            "api",
            ("The HTTP API stays on", "L’API HTTP reste active"),
            (
                "The web administration of YunoHost needs it; Towerify does not. It can be switched later.",
                "L’administration web de YunoHost en a besoin ; Towerify non. Elle se commute plus tard.",
            ),
        ),
        field(
            "unattended_upgrades",
            (
                "Security updates by themselves",
                "Mises à jour de sécurité automatiques",
            ),
            (
                "Debian installs them every day.",
                "Debian les installe chaque jour.",
            ),
        ),
        field(
            "backup",
            ("A first backup", "Une première sauvegarde"),
            (
                "Made on the server at the end.",
                "Faite sur le serveur à la fin.",
            ),
        ),
        choice(
            "source",
            ("YunoHost comes from", "YunoHost vient"),
            (
                "The installer’s checksum is shown in the report.",
                "La somme de contrôle de l’installateur figure dans le rapport.",
            ),
            &[
                ("address", "An address", "D’une adresse"),
                ("file", "A file brought along", "D’un fichier apporté"),
            ],
        ),
        field(
            "source_address",
            ("Address of the installer", "Adresse de l’installateur"),
            (
                "The server fetches it from there; the release’s name is added.",
                "Le serveur l’y prend ; le nom de la version y est ajouté.",
            ),
        ),
        field(
            "source_sha256",
            ("Its checksum", "Sa somme de contrôle"),
            (
                "SHA-256. Nothing is run when it differs. Empty: it is only shown.",
                "SHA-256. Rien n’est lancé si elle diffère. Vide : elle est seulement montrée.",
            ),
        ),
        choice(
            "branch",
            ("Branch", "Branche"),
            ("Which packages of YunoHost.", "Quels paquets de YunoHost."),
            &[
                ("stable", "Stable", "Stable"),
                ("testing", "Testing", "Test"),
                ("unstable", "Unstable", "Instable"),
            ],
        ),
        field(
            "second_way_in",
            ("There is a console", "Il y a une console"),
            (
                "Another way into the machine, should SSH be lost. Said by a person.",
                "Un autre accès à la machine, si SSH venait à manquer. Dit par une personne.",
            ),
        ),
        field(
            "tags",
            ("Tags", "Étiquettes"),
            ("Words to find it by.", "Des mots pour le retrouver."),
        ),
        field(
            "customer",
            ("Customer", "Client"),
            ("Whose server it is.", "À qui est ce serveur."),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_in_the_form_and_nothing_else() {
        let choices = serde_json::to_value(Choices::default()).unwrap();
        let mut names: Vec<&String> = choices.as_object().unwrap().keys().collect();
        // Files are handed in beside the form's answers.
        names.retain(|name| !["certificate_chain", "source_file"].contains(&name.as_str()));
        let fields = fields();
        let mut asked: Vec<&String> = fields.iter().map(|field| &field.name).collect();
        names.sort();
        asked.sort();
        assert_eq!(asked, names);
        for field in &fields {
            assert!(!field.label.fr.is_empty() && !field.does.fr.is_empty());
        }
    }

    #[test]
    fn every_offered_answer_is_taken() {
        for field in fields().iter().filter(|field| !field.options.is_empty()) {
            for option in &field.options {
                let answer = serde_json::json!({ field.name.as_str(): option.value });
                assert!(
                    serde_json::from_value::<Choices>(answer).is_ok(),
                    "{} {}",
                    field.name,
                    option.value
                );
            }
        }
    }
}
