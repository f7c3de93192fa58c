//! What the servers say, in English and French. Keys are YunoHost's own; they do not change with the language.

mod provisioning;

use serde::{Deserialize, Serialize};

/// A language that the servers speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Locale {
    /// English, and what any unknown language falls back to.
    #[default]
    English,
    /// French.
    French,
}

impl Locale {
    /// From `fr`, `fr_FR.UTF-8`, `en`, …
    pub(crate) fn from_code(code: &str) -> Self {
        if code.to_ascii_lowercase().starts_with("fr") {
            Self::French
        } else {
            Self::English
        }
    }

    /// One of two texts.
    pub(crate) fn pick<'t>(self, english: &'t str, french: &'t str) -> &'t str {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }
}

/// The sentence of a key, with `{name}` filled in. An unknown key is its own sentence, as in YunoHost.
pub(crate) fn sentence(locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
    let text = SENTENCES
        .iter()
        .chain(provisioning::SENTENCES)
        .find(|(known, ..)| *known == key)
        .map_or(key, |(_, english, french)| locale.pick(english, french));
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

const SENTENCES: &[(&str, &str, &str)] = &[
    // Refusals.
    (
        "user_unknown",
        "Unknown user: {user}",
        "Le compte {user} est inconnu",
    ),
    (
        "user_already_exists",
        "The user '{user}' already exists",
        "Le compte '{user}' existe déjà",
    ),
    (
        "system_username_exists",
        "Username already exists in the list of system users",
        "Ce nom de compte existe déjà dans les comptes système",
    ),
    (
        "invalid_argument",
        "Invalid argument '{argument}': {error}",
        "Argument '{argument}' invalide : {error}",
    ),
    (
        "user_cannot_delete_last_admin",
        "Cannot delete '{user}': it is the last administrator",
        "Impossible de supprimer '{user}' : c'est le dernier administrateur",
    ),
    (
        "password_listed",
        "This password is among the most used passwords in the world. Please choose something more unique.",
        "Ce mot de passe est l'un des mots de passe les plus utilisés dans le monde. Veuillez en choisir un autre plus singulier.",
    ),
    (
        "password_too_simple_1",
        "The password needs to be at least 8 characters long",
        "Le mot de passe doit comporter au moins 8 caractères",
    ),
    (
        "domain_unknown",
        "Domain '{domain}' unknown",
        "Domaine '{domain}' inconnu",
    ),
    (
        "domain_exists",
        "The domain already exists",
        "Le domaine existe déjà",
    ),
    (
        "domain_name_unknown",
        "Domain '{domain}' unknown",
        "Domaine '{domain}' inconnu",
    ),
    (
        "domain_cannot_remove_main",
        "You cannot remove '{domain}' since it's the main domain",
        "Vous ne pouvez pas supprimer '{domain}' car il s'agit du domaine principal",
    ),
    (
        "domain_uninstall_app_first",
        "Those applications are still installed on your domain: {apps}",
        "Ces applications sont toujours installées sur votre domaine : {apps}",
    ),
    (
        "mail_already_exists",
        "Mail address '{mail}' already exists",
        "L'adresse de courriel '{mail}' existe déjà",
    ),
    (
        "mail_domain_unknown",
        "Invalid e-mail address for domain '{domain}'",
        "Adresse de courriel invalide pour le domaine '{domain}'",
    ),
    (
        "group_unknown",
        "The group '{group}' is unknown",
        "Le groupe '{group}' est inconnu",
    ),
    (
        "group_already_exist",
        "Group {group} already exists",
        "Le groupe {group} existe déjà",
    ),
    (
        "group_cannot_be_deleted",
        "The group {group} cannot be deleted manually.",
        "Le groupe {group} ne peut pas être supprimé manuellement.",
    ),
    (
        "group_cannot_edit_all_users",
        "The group 'all_users' cannot be edited manually.",
        "Le groupe 'all_users' ne peut pas être modifié manuellement.",
    ),
    (
        "group_cannot_edit_visitors",
        "The group 'visitors' cannot be edited manually.",
        "Le groupe 'visitors' ne peut pas être modifié manuellement.",
    ),
    (
        "permission_not_found",
        "Permission '{permission}' not found",
        "Permission '{permission}' introuvable",
    ),
    (
        "permission_cant_add_to_visitors",
        "Permission {permission} only makes sense for users having an account, and therefore cannot be enabled for visitors.",
        "La permission {permission} n'a de sens que pour les personnes ayant un compte et ne peut donc pas être activée pour les visiteurs.",
    ),
    (
        "certmanager_attempt_to_renew_valid_cert",
        "The certificate for the domain '{domain}' is not about to expire! (You may use --force if you know what you're doing)",
        "Le certificat pour le domaine '{domain}' n'est pas sur le point d'expirer ! (Vous pouvez utiliser --force si vous savez ce que vous faites)",
    ),
    (
        "permission_protected",
        "Permission {permission} is protected. You cannot add or remove the visitors group to/from this permission.",
        "La permission {permission} est protégée. Vous ne pouvez pas y ajouter ni en retirer le groupe des visiteurs.",
    ),
    (
        "app_not_installed",
        "Could not find {app} in the list of installed apps: {all_apps}",
        "{app} n'a pas été trouvé dans la liste des applications installées : {all_apps}",
    ),
    ("app_unknown", "Unknown app", "Application inconnue"),
    (
        "app_id_invalid",
        "Invalid app ID",
        "Identifiant d'application invalide",
    ),
    (
        "app_already_installed",
        "{app} is already installed",
        "{app} est déjà installé",
    ),
    (
        "app_location_unavailable",
        "This URL is either unavailable, or conflicts with the already installed app(s):\n{apps}",
        "Cette URL n'est pas disponible ou est en conflit avec une application existante :\n{apps}",
    ),
    (
        "app_full_domain_unavailable",
        "Sorry, this app must be installed on a domain of its own, but other apps are already installed on the domain '{domain}'. You could use a subdomain dedicated to this app instead.",
        "Désolé, cette application doit être installée sur un domaine qui lui est propre, mais d'autres applications sont déjà installées sur le domaine '{domain}'. Vous pourriez utiliser un sous-domaine dédié à cette application.",
    ),
    (
        "app_argument_required",
        "Argument '{name}' is required",
        "L'argument '{name}' est requis",
    ),
    (
        "app_argument_invalid",
        "Pick a valid value for the argument '{name}': {error}",
        "Choisissez une valeur valide pour l'argument '{name}' : {error}",
    ),
    (
        "app_argument_choice_invalid",
        "Pick a valid value for argument '{name}': '{value}' is not among the available choices ({choices})",
        "Choisissez une valeur valide pour l'argument '{name}' : '{value}' ne fait pas partie des choix possibles ({choices})",
    ),
    (
        "app_argument_password_no_default",
        "Error while parsing password argument '{name}': password argument can't have a default value for security reason",
        "Erreur avec l'argument de mot de passe '{name}' : il ne peut avoir de valeur par défaut",
    ),
    (
        "apps_no_target_can_be_upgraded",
        "No apps can be upgraded",
        "Aucune application ne peut être mise à jour",
    ),
    (
        "service_unknown",
        "Unknown service '{service}'",
        "Le service '{service}' est inconnu",
    ),
    (
        "diagnosis_unknown_categories",
        "The following categories are unknown: {categories}",
        "Les catégories suivantes sont inconnues : {categories}",
    ),
    (
        "log_does_exists",
        "There is no operation log with the name '{log}', use 'yunohost log list' to see all available operation logs",
        "Il n'y a pas de journal d'opération nommé '{log}', utilisez 'yunohost log list' pour voir tous les journaux disponibles",
    ),
    (
        "certmanager_domain_cert_not_selfsigned",
        "The certificate for domain {domain} is not self-signed. Are you sure you want to replace it? (Use '--force' to do so.)",
        "Le certificat du domaine {domain} n'est pas auto-signé. Voulez-vous vraiment le remplacer ? (Utilisez '--force' pour cela.)",
    ),
    (
        "instance_already_running",
        "There is already a YunoHost operation running. Please wait for it to finish before running another one.",
        "Une instance est déjà en cours d'exécution, merci d'attendre sa fin avant d'en lancer une autre.",
    ),
    (
        "prompt_needed",
        "Not a tty, can't do interactive prompts",
        "Pas de terminal, impossible de demander",
    ),
    (
        "failed",
        "The operation '{operation}' could not be completed. Please share the full log of this operation using the command 'yunohost log share {name}' to get help",
        "L'opération '{operation}' a échoué ! Pour obtenir de l'aide, partagez le journal de l'opération avec la commande 'yunohost log share {name}'",
    ),
    // Progress.
    (
        "user_added_to_group",
        "The user '{user}' will be added to the group '{group}'",
        "Le compte '{user}' sera ajouté au groupe '{group}'",
    ),
    (
        "user_removed_from_group",
        "The user '{user}' will be removed from the group '{group}'",
        "Le compte '{user}' sera retiré du groupe '{group}'",
    ),
    ("user_created", "User created", "Le compte a été créé"),
    (
        "user_updated",
        "User info changed",
        "Le compte a été modifié",
    ),
    ("user_deleted", "User deleted", "Le compte a été supprimé"),
    (
        "group_created",
        "Group '{group}' created",
        "Le groupe '{group}' a été créé",
    ),
    (
        "group_updated",
        "Group '{group}' updated",
        "Le groupe '{group}' a été mis à jour",
    ),
    (
        "group_deleted",
        "Group '{group}' deleted",
        "Le groupe '{group}' a été supprimé",
    ),
    (
        "permission_updated",
        "Permission '{permission}' updated",
        "La permission '{permission}' a été mise à jour",
    ),
    (
        "permission_currently_allowed_for_all_users",
        "This permission is currently granted to all users in addition to other groups. You probably want to either remove the 'all_users' permission or remove the other groups it is currently granted to.",
        "Cette permission est actuellement accordée à tous les comptes en plus des autres groupes. Vous voudrez probablement soit supprimer la permission 'all_users', soit supprimer les autres groupes auxquels elle est actuellement autorisée.",
    ),
    (
        "permission_already_allowed",
        "Group '{group}' already has permission '{permission}' enabled",
        "Le groupe '{group}' a déjà la permission '{permission}'",
    ),
    (
        "permission_already_disallowed",
        "Group '{group}' already has permission '{permission}' disabled",
        "Le groupe '{group}' n'a déjà pas la permission '{permission}'",
    ),
    ("domain_created", "Domain created", "Le domaine a été créé"),
    (
        "domain_deleted",
        "Domain deleted",
        "Le domaine a été supprimé",
    ),
    (
        "main_domain_changed",
        "The main domain has been changed",
        "Le domaine principal a été modifié",
    ),
    (
        "certmanager_cert_install_success_selfsigned",
        "Self-signed certificate now installed for the domain '{domain}'",
        "Le certificat auto-signé est maintenant installé pour le domaine '{domain}'",
    ),
    (
        "certmanager_cert_install_success",
        "Let's Encrypt certificate now installed for the domain '{domain}'",
        "Le certificat Let's Encrypt est maintenant installé pour le domaine '{domain}'",
    ),
    (
        "certmanager_cert_renew_success",
        "Let's Encrypt certificate renewed for the domain '{domain}'",
        "Le certificat Let's Encrypt est renouvelé pour le domaine '{domain}'",
    ),
    (
        "regenconf_updated",
        "Configuration updated for '{category}'",
        "La configuration a été mise à jour pour '{category}'",
    ),
    (
        "app_start_install",
        "Installing {app}…",
        "Installation de {app}…",
    ),
    (
        "app_start_remove",
        "Removing {app}…",
        "Suppression de {app}…",
    ),
    (
        "app_upgrade_app_name",
        "Now upgrading {app}…",
        "Mise à jour de {app}…",
    ),
    (
        "installation_complete",
        "Installation completed",
        "Installation terminée",
    ),
    ("app_removed", "{app} uninstalled", "{app} désinstallé"),
    ("app_upgraded", "{app} upgraded", "{app} mis à jour"),
    (
        "app_already_up_to_date",
        "{app} is already up to date ({version})",
        "{app} est déjà à jour ({version})",
    ),
    (
        "service_restarted",
        "Service '{service}' restarted",
        "Le service '{service}' a été redémarré",
    ),
    (
        "service_started",
        "Service '{service}' started",
        "Le service '{service}' a été démarré",
    ),
    (
        "service_stopped",
        "Service '{service}' stopped",
        "Le service '{service}' a été arrêté",
    ),
    (
        "apps_catalog_updating",
        "Updating application catalog…",
        "Mise à jour du catalogue d'applications…",
    ),
    (
        "apps_catalog_update_success",
        "The application catalog has been updated!",
        "Le catalogue d'applications a été mis à jour !",
    ),
    (
        "updating_apt_cache",
        "Fetching available upgrades for system packages…",
        "Récupération des mises à jour disponibles pour les paquets du système…",
    ),
    (
        "diagnosis_everything_ok",
        "Everything looks OK for {category}!",
        "Tout semble OK pour {category} !",
    ),
    (
        "diagnosis_found_errors",
        "Found {errors} significant issue(s) related to {category}!",
        "Trouvé {errors} problème(s) significatif(s) lié(s) à {category} !",
    ),
    (
        "diagnosis_found_warnings",
        "Found {warnings} item(s) that could be improved for {category}.",
        "Trouvé {warnings} objet(s) pouvant être amélioré(s) pour {category}.",
    ),
    // Operations.
    (
        "log_user_create",
        "Add '{target}' user",
        "Ajouter le compte '{target}'",
    ),
    (
        "log_user_delete",
        "Delete '{target}' user",
        "Supprimer le compte '{target}'",
    ),
    (
        "log_user_update",
        "Update info for user '{target}'",
        "Mettre à jour les informations du compte '{target}'",
    ),
    (
        "log_user_group_create",
        "Create '{target}' group",
        "Créer le groupe '{target}'",
    ),
    (
        "log_user_group_delete",
        "Delete '{target}' group",
        "Supprimer le groupe '{target}'",
    ),
    (
        "log_user_group_update",
        "Update '{target}' group",
        "Mettre à jour le groupe '{target}'",
    ),
    (
        "log_user_permission_update",
        "Update accesses for permission '{target}'",
        "Mettre à jour les accès de la permission '{target}'",
    ),
    (
        "log_domain_add",
        "Add '{target}' domain into system configuration",
        "Ajouter le domaine '{target}' dans la configuration du système",
    ),
    (
        "log_domain_remove",
        "Remove '{target}' domain from system configuration",
        "Enlever le domaine '{target}' de la configuration du système",
    ),
    (
        "log_domain_main_domain",
        "Make '{target}' the main domain",
        "Faire de '{target}' le domaine principal",
    ),
    (
        "log_letsencrypt_cert_install",
        "Install a Let's Encrypt certificate on '{target}' domain",
        "Installer un certificat Let's Encrypt sur le domaine '{target}'",
    ),
    (
        "log_letsencrypt_cert_renew",
        "Renew '{target}' Let's Encrypt certificate",
        "Renouveler le certificat Let's Encrypt de '{target}'",
    ),
    (
        "log_selfsigned_cert_install",
        "Install self-signed certificate on '{target}' domain",
        "Installer un certificat auto-signé sur le domaine '{target}'",
    ),
    (
        "log_app_install",
        "Install the '{target}' app",
        "Installer l'application '{target}'",
    ),
    (
        "log_app_upgrade",
        "Upgrade the '{target}' app",
        "Mettre à jour l'application '{target}'",
    ),
    (
        "log_app_remove",
        "Remove the '{target}' app",
        "Enlever l'application '{target}'",
    ),
    (
        "log_app_change_label",
        "Change the label of '{target}'",
        "Changer le nom de '{target}'",
    ),
    (
        "log_tools_update",
        "Fetch available upgrades",
        "Récupérer les mises à jour disponibles",
    ),
];
