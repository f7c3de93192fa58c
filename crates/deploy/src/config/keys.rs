//! The one table of what may stand in the file: from it come the reader's checks, the JSON schema that editors show, and
//! the comments of the file that `init` writes.

use super::Kind::{self, Dockerfile, Laravel, Node, Php, Python, Static};

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The keys that the table has below it.
    Keys,
    /// Names of one's own choice, each with what `key.*` takes.
    Named,
    /// A list, each of its elements being what `key[]` takes.
    List,
    /// Text.
    Text,
    /// One command, or a list of them.
    Commands,
    /// A list of texts.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number from the first to the second.
    Number(u16, u16),
    /// An amount of memory: `256M`, `1G`.
    Memory,
    /// A share of a processor: `50%`, `150%`.
    Cpu,
    /// A host's name.
    Domain,
    /// A path of an address: `/`, `/us`; the original's `us` too.
    UrlPath,
    /// A folder or file below the app's folder.
    Inside,
    /// A runtime's version: `8.2`, `18`.
    Version,
    /// `public`, `all_users`, or a list of groups.
    Access,
    /// Five fields of cron.
    Cron,
    /// The value of an environment variable, on one line.
    Value,
}

/// One key of the file.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Where it stands; `*` for a name of one's own choice, `[]` for an element of a list.
    pub path: &'static str,
    /// What it takes.
    pub form: Form,
    /// Whether it must be there.
    pub needed: bool,
    /// For which types it means something.
    pub kinds: &'static [Kind],
    /// An example, as YAML on one line; empty for what has keys below it.
    pub example: &'static str,
    /// What it is, in English.
    pub english: &'static str,
    /// What it is, in French.
    pub french: &'static str,
}

const ALL: &[Kind] = &Kind::ALL;
const SERVED: &[Kind] = &[Node, Python, Dockerfile];
const WITH_COMMANDS: &[Kind] = &[Php, Laravel, Node, Python, Dockerfile];
const WITH_USER: &[Kind] = &[Php, Laravel, Node, Python];

const fn key(
    path: &'static str,
    form: Form,
    kinds: &'static [Kind],
    example: &'static str,
    english: &'static str,
    french: &'static str,
) -> Key {
    Key {
        path,
        form,
        needed: false,
        kinds,
        example,
        english,
        french,
    }
}

const fn needed(mut key: Key) -> Key {
    key.needed = true;
    key
}

/// Every key, in the order in which `init` writes them.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    needed(key("name", Form::Text, ALL, "my-app", "The app's name: small letters, digits and -.", "Le nom de l'application : minuscules, chiffres et -.")),
    needed(key("type", Form::Word(&["static", "php", "laravel", "node", "python", "dockerfile"]), ALL, "static", "How it runs.", "Comment elle fonctionne.")),
    key("config", Form::Keys, ALL, "", "Everything else.", "Tout le reste."),
    key("config.label", Form::Text, ALL, "My app", "What its tile and the console show; the name when left out.", "Ce que montrent sa tuile et la console ; à défaut, le nom."),
    key("config.envs", Form::Named, ALL, "", "Its environments. Each is an app of its own on the server.", "Ses environnements. Chacun est une application à part sur le serveur."),
    key("config.envs.*", Form::Keys, ALL, "", "An environment: small letters and digits.", "Un environnement : minuscules et chiffres."),
    key("config.envs.*.domain", Form::Domain, ALL, "app.tour.example", "Its domain; the profile's main domain when left out. A new one below the server's is added.", "Son domaine ; à défaut, le domaine principal du profil. Un nouveau domaine sous ceux du serveur est ajouté."),
    key("config.envs.*.path", Form::UrlPath, ALL, "/", "Its path on the domain.", "Son chemin sur le domaine."),
    key("config.envs.*.access", Form::Access, ALL, "all_users", "Who may open it here, over the app's own `access`.", "Qui peut l'ouvrir ici, à la place de l'« access » de l'application."),
    key("config.envs.*.variables", Form::Named, WITH_COMMANDS, "", "Environment variables here, over the app's own.", "Variables d'environnement ici, en plus de celles de l'application."),
    key("config.envs.*.variables.*", Form::Value, WITH_COMMANDS, "debug", "A variable that is no secret; secrets: `towerify secrets set`.", "Une variable qui n'est pas un secret ; pour les secrets : « towerify secrets set »."),
    key("config.webroot", Form::Inside, &[Static, Php, Laravel], "public", "The folder whose files are served; the app's folder when left out (laravel: public).", "Le dossier dont les fichiers sont servis ; à défaut, celui de l'application (laravel : public)."),
    key("config.dockerfile", Form::Inside, &[Dockerfile], "Dockerfile", "The container's recipe.", "La recette du conteneur."),
    key("config.versions", Form::Keys, WITH_USER, "", "Versions of runtimes, among those of the server's Debian.", "Versions des environnements d'exécution, parmi ceux de la Debian du serveur."),
    key("config.versions.php", Form::Version, &[Php, Laravel], "8.2", "PHP: 8.2 on Debian 12.", "PHP : 8.2 sur Debian 12."),
    key("config.versions.node", Form::Version, &[Node], "18", "Node.js: 18 on Debian 12.", "Node.js : 18 sur Debian 12."),
    key("config.versions.python", Form::Version, &[Python], "3.11", "Python: 3.11 on Debian 12.", "Python : 3.11 sur Debian 12."),
    key("config.build", Form::Keys, ALL, "", "What makes the app from its sources.", "Ce qui fabrique l'application à partir de ses sources."),
    key("config.build.run", Form::Commands, ALL, "npm run build", "A command, or a list of them.", "Une commande, ou une liste."),
    key("config.build.on", Form::Word(&["here", "server"]), ALL, "here", "Where they run: here, before sending (default), or on the server.", "Où elles s'exécutent : ici, avant l'envoi (défaut), ou sur le serveur."),
    key("config.start", Form::Text, &[Node, Python], "node server.js", "The command that serves, on the port of the variable PORT at 127.0.0.1.", "La commande qui sert, sur le port de la variable PORT en 127.0.0.1."),
    key("config.health", Form::Keys, ALL, "", "How to know that a release answers. One that does not is switched back.", "Comment savoir qu'une version répond. Celle qui ne répond pas est retirée."),
    key("config.health.path", Form::UrlPath, ALL, "/health", "The path that is asked, below the app's own.", "Le chemin demandé, sous celui de l'application."),
    key("config.health.seconds", Form::Number(1, 600), ALL, "10", "For how long it is asked again.", "Pendant combien de secondes il est redemandé."),
    key("config.hooks", Form::Keys, WITH_COMMANDS, "", "Commands around a release, on the server, as the app's own user.", "Commandes autour d'une version, sur le serveur, avec le compte de l'application."),
    key("config.hooks.before", Form::Commands, WITH_COMMANDS, "./prepare.sh", "Before the new release answers; a failure keeps the old one.", "Avant que la nouvelle version réponde ; un échec garde l'ancienne."),
    key("config.hooks.migrate", Form::Commands, WITH_COMMANDS, "./migrate.sh", "Changes of the database; a backup is made first.", "Changements de la base de données ; une sauvegarde est faite avant."),
    key("config.hooks.after", Form::Commands, WITH_COMMANDS, "./warm-up.sh", "After the new release answers; a failure is told and changes nothing.", "Après que la nouvelle version répond ; un échec est signalé sans rien changer."),
    key("config.data", Form::Texts, WITH_COMMANDS, "[uploads]", "Folders that outlive releases.", "Dossiers qui survivent aux versions."),
    key("config.database", Form::Word(&["none", "mysql", "postgresql"]), WITH_COMMANDS, "none", "A database; its name, user and password come as DB_NAME, DB_USER, DB_PASSWORD.", "Une base de données ; nom, compte et mot de passe arrivent dans DB_NAME, DB_USER, DB_PASSWORD."),
    key("config.schedule", Form::List, WITH_COMMANDS, "", "What runs by the clock.", "Ce qui s'exécute à heures fixes."),
    key("config.schedule[]", Form::Keys, WITH_COMMANDS, "", "One task.", "Une tâche."),
    needed(key("config.schedule[].cron", Form::Cron, WITH_COMMANDS, "\"*/5 * * * *\"", "Minute, hour, day, month, day of the week.", "Minute, heure, jour, mois, jour de la semaine.")),
    needed(key("config.schedule[].run", Form::Text, WITH_COMMANDS, "./tidy-up.sh", "The command.", "La commande.")),
    key("config.workers", Form::Named, WITH_USER, "", "Processes beside the web server, by name.", "Processus à côté du serveur web, par nom."),
    key("config.workers.*", Form::Keys, WITH_USER, "", "One of them.", "L'un d'eux."),
    needed(key("config.workers.*.run", Form::Text, WITH_USER, "./queue.sh", "The command.", "La commande.")),
    key("config.workers.*.count", Form::Number(1, 16), WITH_USER, "1", "How many.", "Combien."),
    key("config.limits", Form::Keys, WITH_COMMANDS, "", "The most that it may take.", "Ce qu'elle peut prendre au plus."),
    key("config.limits.memory", Form::Memory, WITH_COMMANDS, "512M", "Memory of each process.", "Mémoire de chaque processus."),
    key("config.limits.cpu", Form::Cpu, SERVED, "100%", "Processor time of each process: 100% is one processor.", "Temps de processeur de chaque processus : 100% est un processeur."),
    key("config.access", Form::Access, ALL, "all_users", "Who may open it: public, all_users, or a list of groups.", "Qui peut l'ouvrir : public, all_users, ou une liste de groupes."),
    key("config.variables", Form::Named, WITH_COMMANDS, "", "Environment variables that are no secrets.", "Variables d'environnement qui ne sont pas des secrets."),
    key("config.variables.*", Form::Value, WITH_COMMANDS, "production", "A variable.", "Une variable."),
    key("config.keep", Form::Number(2, 20), ALL, "3", "How many releases stay on the server, the live one among them.", "Combien de versions restent sur le serveur, celle en service comprise."),
];

/// A key of the table.
pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The names of the keys just below one.
pub fn below(path: &str) -> impl Iterator<Item = (&'static str, &'static Key)> {
    KEYS.iter().filter_map(move |key| {
        let name = if path.is_empty() {
            key.path
        } else {
            key.path.strip_prefix(path)?.strip_prefix('.')?
        };
        (!name.contains(['.', '['])).then_some((name, key))
    })
}
