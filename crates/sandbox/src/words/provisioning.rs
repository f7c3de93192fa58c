//! What is said while a machine is made into a server, and by the actions for it.

/// Key, English, French.
pub(super) const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "yunohost_not_installed",
        "YunoHost is not correctly installed. Please run 'yunohost tools postinstall'",
        "YunoHost n'est pas correctement installé. Veuillez exécuter 'yunohost tools postinstall'",
    ),
    (
        "yunohost_already_installed",
        "YunoHost is already installed",
        "YunoHost est déjà installé",
    ),
    (
        "postinstall_low_rootfsspace",
        "The root filesystem has a total space less than 10 GB, which is quite worrisome! You will likely run out of disk space very quickly! It's recommended to have at least 16GB for the root filesystem. If you want to install YunoHost despite this warning, re-run the postinstall with --force-diskspace",
        "Le système de fichiers racine a une taille totale inférieure à 10 Go, ce qui est préoccupant ! Vous allez certainement arriver à court d'espace disque rapidement ! Il est recommandé d'avoir au moins 16 Go à la racine. Si vous voulez installer YunoHost malgré cet avertissement, relancez la post-installation avec --force-diskspace",
    ),
    (
        "yunohost_installing",
        "Installing YunoHost…",
        "L'installation de YunoHost est en cours…",
    ),
    (
        "yunohost_configured",
        "YunoHost is now configured",
        "YunoHost est maintenant configuré",
    ),
    (
        "root_password_changed",
        "root's password was changed",
        "Le mot de passe root a été changé",
    ),
    (
        "app_catalog_updating",
        "Updating application catalog…",
        "Mise à jour du catalogue d'applications…",
    ),
    (
        "group_mailalias_add",
        "The email alias '{mail}' will be added to the group '{group}'",
        "L'alias de courriel '{mail}' sera ajouté au groupe '{group}'",
    ),
    (
        "config_unknown_filter_key",
        "The filter key '{filter_key}' is incorrect.",
        "La clé de filtre '{filter_key}' est incorrecte.",
    ),
    (
        "backup_archive_name_unknown",
        "Unknown local backup archive named '{name}'",
        "L'archive locale de sauvegarde nommée '{name}' est inconnue",
    ),
    (
        "backup_archive_name_exists",
        "A backup archive with the name '{name}' already exists.",
        "Une archive de sauvegarde avec le nom '{name}' existe déjà.",
    ),
    (
        "backup_nothings_done",
        "There is nothing to save",
        "Il n'y a rien à sauvegarder",
    ),
    (
        "backup_created",
        "Backup created: {name}",
        "Sauvegarde créée : {name}",
    ),
    (
        "backup_deleted",
        "Backup deleted: {name}",
        "Sauvegarde supprimée : {name}",
    ),
    (
        "authorized_key_not_found",
        "Key {key} does not exist in authorized_keys",
        "La clé {key} n'existe pas dans authorized_keys",
    ),
    (
        "log_tools_postinstall",
        "Postinstall your YunoHost server",
        "Faire la post-installation de votre serveur YunoHost",
    ),
    (
        "certmanager_domain_not_diagnosed_yet",
        "There is no diagnosis result for domain {domain} yet. Please re-run a diagnosis for categories 'DNS records' and 'Web' in the diagnosis section to check if the domain is ready for Let's Encrypt. (Or if you know what you are doing, use '--no-checks' to turn off those checks.)",
        "Il n'y a pas encore de résultat de diagnostic pour le domaine {domain}. Merci de relancer un diagnostic pour les catégories 'Enregistrements DNS' et 'Web' dans la section Diagnostic pour vérifier si le domaine est prêt pour Let's Encrypt. (Ou si vous savez ce que vous faites, utilisez '--no-checks' pour désactiver la vérification.)",
    ),
    (
        "log_settings_set",
        "Apply global settings",
        "Appliquer les paramètres globaux",
    ),
    (
        "log_tools_reboot",
        "Reboot your server",
        "Redémarrer votre serveur",
    ),
    (
        "log_tools_shutdown",
        "Shutdown your server",
        "Éteindre votre serveur",
    ),
    (
        "log_backup_create",
        "Create a backup archive",
        "Créer une archive de sauvegarde",
    ),
];
