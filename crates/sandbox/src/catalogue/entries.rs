//! The apps: facts of the public catalogue, and which questions our manifests ask.

/// One app.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) category: &'static str,
    pub(crate) subtag: &'static str,
    pub(crate) level: i64,
    pub(crate) license: &'static str,
    pub(crate) en: &'static str,
    pub(crate) fr: &'static str,
    pub(crate) multi: bool,
    pub(crate) ldap: bool,
    pub(crate) sso: bool,
    /// Tokens of [`super::Question::of`].
    pub(crate) asks: &'static str,
}

const fn app(
    (id, name, version): (&'static str, &'static str, &'static str),
    (category, subtag, level, license): (&'static str, &'static str, i64, &'static str),
    (en, fr): (&'static str, &'static str),
    (multi, ldap, sso): (bool, bool, bool),
    asks: &'static str,
) -> Entry {
    Entry {
        id,
        name,
        version,
        category,
        subtag,
        level,
        license,
        en,
        fr,
        multi,
        ldap,
        sso,
        asks,
    }
}

/// All of them, by id.
pub(crate) const ENTRIES: &[Entry] = &[
    app(
        ("bookstack", "BookStack", "24.10.3~ynh1"),
        ("publishing", "wiki", 8, "MIT"),
        (
            "Platform to create documentation/wiki content",
            "Plateforme pour créer du contenu de documentation/wiki",
        ),
        (true, true, true),
        "domain path group:visitors user language",
    ),
    // Fails on purpose, as some apps do: for the exercise of a failed installation.
    app(
        ("chantier", "Chantier", "0.9.1~ynh1"),
        ("dev", "", 0, "MIT"),
        (
            "Always fails while it is being installed: for exercises",
            "Échoue toujours pendant son installation : pour les exercices",
        ),
        (true, false, false),
        "domain path group:visitors",
    ),
    app(
        ("collabora", "Collabora", "24.04.10~ynh1"),
        ("office", "text", 8, "MPL-2.0"),
        (
            "Online office suite with collaborative editing",
            "Suite office en ligne et collaborative",
        ),
        (false, false, false),
        "domain path group:all_users password msfonts_enabled",
    ),
    app(
        ("cryptpad", "CryptPad", "2024.9.1~ynh1"),
        ("office", "text", 8, "AGPL-3.0-only"),
        (
            "Collaborative office suite that is end-to-end encrypted and open-source",
            "Suite bureautique chiffrée pour la collaboration en temps réel",
        ),
        (true, false, false),
        "domain group:visitors",
    ),
    app(
        ("dokuwiki", "Dokuwiki", "2024.02.6~ynh2"),
        ("publishing", "wiki", 8, "GPL-2.0-or-later"),
        (
            "Lightweight, simple to use and highly versatile wiki",
            "Wiki léger, simple à utiliser et très polyvalent",
        ),
        (true, true, true),
        "domain path group:visitors user language",
    ),
    app(
        ("dolibarr", "Dolibarr", "20.0.2~ynh1"),
        (
            "productivity_and_management",
            "accounting",
            8,
            "GPL-3.0-or-later",
        ),
        (
            "Manage the various aspects of your business or association",
            "Gérez les différents aspects de votre activité pro ou associative",
        ),
        (true, true, true),
        "domain path group:all_users user sync_enabled sync_group",
    ),
    app(
        ("etherpad_mypads", "Etherpad MyPads", "1.9.7~ynh5"),
        ("office", "text", 7, "Apache-2.0"),
        (
            "Online editor providing collaborative editing in real-time",
            "Éditeur en ligne fournissant l'édition collaborative en temps réel",
        ),
        (true, false, false),
        "domain path group:visitors user password language",
    ),
    app(
        ("forgejo", "Forgejo", "9.0.3~ynh1"),
        ("dev", "forge", 8, "GPL-3.0-or-later"),
        ("Lightweight software forge", "Forge logiciel légère"),
        (true, true, true),
        "domain path group:visitors admin",
    ),
    app(
        ("framadate", "Framadate", "1.2.1~ynh1"),
        ("productivity_and_management", "poll", 8, "CECILL-B"),
        (
            "Polls to find a date or take a decision",
            "Sondages pour trouver une date ou prendre une décision",
        ),
        (true, false, false),
        "domain path group:visitors user language",
    ),
    app(
        ("freshrss", "FreshRSS", "1.24.3~ynh1"),
        ("reading", "rssreader", 8, "AGPL-3.0-only"),
        (
            "RSS aggregator with a nice and mobile-friendly design",
            "Agrégateur de flux RSS avec une interface adaptée au mobile",
        ),
        (true, false, true),
        "domain path group:all_users user language",
    ),
    app(
        ("ghost", "Ghost", "5.101.6~ynh1"),
        ("publishing", "blog", 7, "MIT"),
        (
            "Publishing, memberships, subscriptions and newsletters platform",
            "Plateforme d'édition, d'adhésions, d'abonnements et de newsletters",
        ),
        (true, false, false),
        "domain path group:visitors",
    ),
    app(
        ("grafana", "Grafana", "11.3.1~ynh1"),
        ("system_tools", "monitoring", 8, "AGPL-3.0-only"),
        (
            "Metric & analytic dashboards for monitoring",
            "Tableaux de bord de supervision",
        ),
        (false, true, true),
        "domain path group:admins",
    ),
    app(
        ("hedgedoc", "HedgeDoc", "1.10.1~ynh1"),
        ("office", "text", 8, "AGPL-3.0-only"),
        (
            "Collaborative editor to work on notes written in Markdown",
            "Éditeur collaboratif pour travailler sur des notes en Markdown",
        ),
        (true, true, true),
        "domain path group:all_users",
    ),
    app(
        ("immich", "Immich", "1.122.3~ynh1"),
        ("multimedia", "pictures", 6, "AGPL-3.0-or-later"),
        (
            "Photo and video backup solution directly from your mobile phone",
            "Sauvegarde de photos et de vidéos directement depuis votre mobile",
        ),
        (false, false, false),
        "domain group:all_users",
    ),
    app(
        ("invoiceninja5", "InvoiceNinja 5", "5.10.58~ynh1"),
        (
            "productivity_and_management",
            "accounting",
            7,
            "Elastic-2.0",
        ),
        (
            "Create and email invoices, track payments, expenses, and time tasks",
            "Créer et envoyer des factures par e-mail, suivre les paiements, les dépenses et les tâches horaires",
        ),
        (true, false, false),
        "domain group:all_users user password language",
    ),
    app(
        ("jellyfin", "Jellyfin", "10.10.3~ynh1"),
        ("multimedia", "mediacenter", 8, "GPL-2.0-only"),
        (
            "Media System that manage and stream your media",
            "Système multimédia qui gère et diffuse vos médias",
        ),
        (true, true, true),
        "domain path group:all_users admin",
    ),
    app(
        ("jitsi", "Jitsi Meet", "2.0.9823~ynh1"),
        ("communication", "meeting", 7, "Apache-2.0"),
        (
            "Video conferencing web application",
            "Application web de conférence vidéo",
        ),
        (false, true, false),
        "domain group:visitors",
    ),
    app(
        ("kanboard", "Kanboard", "1.2.42~ynh1"),
        ("productivity_and_management", "task", 8, "MIT"),
        (
            "Kanban project management software",
            "Logiciel de gestion de projet Kanban",
        ),
        (true, false, false),
        "domain path group:all_users user",
    ),
    app(
        ("limesurvey", "LimeSurvey", "6.8.2~ynh1"),
        ("productivity_and_management", "poll", 7, "GPL-2.0+"),
        (
            "Create and distribute surveys",
            "Outil de création et diffusion de sondage",
        ),
        (true, true, true),
        "domain path group:visitors user password language",
    ),
    app(
        ("mattermost", "Mattermost", "10.2.1~ynh1"),
        ("communication", "chat", 8, "GPL-3.0-only"),
        (
            "Collaboration platform built for developers",
            "Plateforme de collaboration conçue pour les développeurs",
        ),
        (true, false, false),
        "domain path group:all_users user password language team_display_name",
    ),
    app(
        ("monitorix", "Monitorix", "3.16.0~ynh6"),
        ("system_tools", "monitoring", 7, "GPL-2.0"),
        ("A system monitoring tool", "Un outil de monitoring système"),
        (false, false, false),
        "domain path group:admins",
    ),
    app(
        ("moodle", "Moodle", "4.5.1~ynh1"),
        ("education", "", 7, "GPL-3.0-or-later"),
        (
            "Online learning platform",
            "Plateforme d'apprentissage en ligne",
        ),
        (true, true, true),
        "domain path group:visitors user site_name",
    ),
    app(
        ("my_webapp", "My Webapp", "1.0~ynh20"),
        ("publishing", "website", 8, "GPL-3.0-only"),
        (
            "Custom Web app with SFTP access to serve static (HTML, CSS, JS) and PHP files",
            "Application Web personnalisée avec accès SFTP pour servir des fichiers statiques (HTML, CSS, JS) et PHP",
        ),
        (true, false, false),
        "domain path group:visitors with_sftp optional_password phpversion database",
    ),
    app(
        ("nextcloud", "Nextcloud", "30.0.4~ynh1"),
        ("synchronization", "files", 8, "AGPL-3.0"),
        (
            "Online storage, file sharing platform and various other applications",
            "Stockage en ligne, plateforme de partage de fichiers et diverses autres applications",
        ),
        (true, true, true),
        "domain path group:all_users user password language user_home",
    ),
    app(
        ("onlyoffice", "OnlyOffice", "8.2.2~ynh1"),
        ("office", "text", 7, "AGPL-3.0-or-later"),
        (
            "Create and edit documents collaboratively",
            "Créez et éditer des documents collaborativement",
        ),
        (true, false, false),
        "domain path group:visitors allowed_urls",
    ),
    app(
        ("paperless-ngx", "Paperless-ngx", "2.13.6~ynh1"),
        ("synchronization", "files", 8, "GPL-3.0-or-later"),
        (
            "Scan, index and archive all your physical documents",
            "Scannez, triez et archivez tous vos documents papiers",
        ),
        (true, false, false),
        "domain path group:all_users user password",
    ),
    app(
        ("privatebin", "PrivateBin", "1.7.4~ynh2"),
        ("small_utilities", "pastebin", 8, "Zlib"),
        (
            "Pastebin where the server has zero knowledge of pasted data",
            "Pastebin où le serveur ignore les données copiées",
        ),
        (true, false, false),
        "domain path group:visitors language",
    ),
    // Asks every kind of question that a YunoHost package can ask: for the form that is made from them.
    app(
        ("questionnaire", "Questionnaire", "1.4.0~ynh2"),
        ("education", "", 8, "MIT"),
        (
            "Asks every kind of question: for exercises with the installation form",
            "Pose toutes les sortes de questions : pour s'exercer au formulaire d'installation",
        ),
        (true, false, false),
        "domain path group:all_users user password language note welcome tint headcount volume contact homepage opening closing motto address labels newsletter shelf neighbour logo advanced depth renew secret_word",
    ),
    app(
        ("roundcube", "Roundcube", "1.6.9~ynh1"),
        ("communication", "email", 8, "GPL-3.0-only"),
        (
            "Web interface to check your mailbox",
            "Interface web pour consulter votre boîte mail",
        ),
        (true, true, true),
        "domain path group:all_users language with_carddav",
    ),
    app(
        ("snappymail", "SnappyMail", "2.38.2~ynh2"),
        ("communication", "email", 8, "AGPL-3.0-only"),
        (
            "Simple, modern, lightweight & fast web-based e-mail client",
            "Client de messagerie Web simple, moderne, léger et rapide",
        ),
        (true, false, true),
        "domain path group:all_users",
    ),
    app(
        ("syncthing", "Syncthing", "1.28.1~ynh1"),
        ("synchronization", "files", 8, "MPL-2.0"),
        (
            "Continuous file synchronization program",
            "Programme de synchronisation de fichiers en continu",
        ),
        (true, true, true),
        "domain path group:admins user",
    ),
    app(
        ("uptime-kuma", "Uptime Kuma", "1.23.16~ynh1"),
        ("system_tools", "monitoring", 8, "MIT"),
        (
            "Monitoring tool like Uptime-Robot",
            "Outil de surveillance similaire à Uptime-Robot",
        ),
        (true, false, false),
        "domain group:admins",
    ),
    app(
        ("vaultwarden", "Vaultwarden", "1.32.6~ynh1"),
        ("synchronization", "password", 8, "GPL-3.0-or-later"),
        (
            "Encrypted end-to-end password manager",
            "Gestionnaire de mots de passe chiffré de bout en bout",
        ),
        (true, false, true),
        "domain path group:all_users user admin",
    ),
    app(
        ("wordpress", "WordPress", "6.7.1~ynh1"),
        ("publishing", "website", 8, "GPL-2.0"),
        (
            "Create a beautiful blog or website easily",
            "Logiciel de création de blog ou de site Web",
        ),
        (true, true, false),
        "domain path group:visitors user language multisite",
    ),
];
