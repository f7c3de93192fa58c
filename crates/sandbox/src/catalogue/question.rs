//! One question of a manifest: what is asked, how the server shows it, and which answers it takes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{state::State, words::Locale};

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) id: &'static str,
    /// YunoHost's word for its kind.
    pub(crate) kind: &'static str,
    ask: (&'static str, &'static str),
    help: Option<(&'static str, &'static str)>,
    default: Value,
    /// The choices of a `select`, by value; the text shown is the value when empty.
    choices: &'static [(&'static str, &'static str)],
    optional: bool,
    /// An expression on other answers: a name, or `! name`.
    visible: Option<&'static str>,
    /// Everything else that the manifest says of it.
    more: Value,
}

/// What the server knows when it fills choices and checks answers.
#[derive(Clone, Copy)]
pub(crate) struct Known<'s> {
    pub(crate) state: &'s State,
    pub(crate) locale: Locale,
}

/// Why an answer is refused: YunoHost's key and what its sentence wants to know.
pub(crate) type Wrong = (&'static str, Vec<(&'static str, String)>);

const LANGUAGES: &[(&str, &str)] = &[("fr", ""), ("en", ""), ("de", ""), ("es", ""), ("it", "")];

impl Question {
    /// The question of a token in `entries`. `group:NAME` has a default; the path's is the app's id.
    pub(crate) fn of(token: &str, app: &'static str) -> Self {
        if let Some(group) = token.strip_prefix("group:") {
            return ask(
                "init_main_permission",
                "group",
                (
                    "Who should have access to this app? (This can later be changed)",
                    "Qui doit avoir accès à cette application ? (Cela peut être changé plus tard)",
                ),
            )
            .default(group);
        }
        match token {
            "domain" => ask("domain", "domain", ("Choose the domain where this app should be installed", "Choisissez un domaine pour l'installation de cette application")),
            "path" => ask("path", "path", ("Choose the URL path (after the domain) where this app should be installed", "Choisissez le chemin de l'URL (après le domaine) où cette application doit être installée")).default(format!("/{}", app.replace("_mypads", "").replace("-ngx", ""))),
            "user" => ask("admin", "user", ("Choose an administrator user for this app", "Choisissez un compte administrateur pour cette application")),
            "admin" => ask("init_admin_permission", "group", ("Who should have access to the administration of this app?", "Qui doit avoir accès à l'administration de cette application ?")).default("admins"),
            "password" => ask("password", "password", ("Choose an administration password for this app", "Choisissez un mot de passe d'administration pour cette application")),
            "optional_password" => ask("password", "password", ("Set a password for the SFTP access", "Choisissez un mot de passe pour l'accès SFTP")).optional().visible("with_sftp").helped(("Leave empty to log in with keys only", "Laissez vide pour n'entrer qu'avec des clés")),
            "language" => ask("language", "select", ("Choose the application language", "Choisissez la langue de l'application")).choices(LANGUAGES).default("fr"),
            "msfonts_enabled" => ask("msfonts_enabled", "boolean", ("Install the most common office fonts?", "Installer les polices bureautiques les plus courantes ?")).default(false).yes_no(),
            "user_home" => ask("user_home", "boolean", ("Let people see their home folder?", "Permettre aux personnes de voir leur dossier personnel ?")).default(false).yes_no().helped(("Asked by the package. Can be changed later in its settings.", "Demandé par le paquet. Modifiable plus tard dans ses réglages.")),
            "multisite" => ask("multisite", "boolean", ("Enable the multisite option?", "Activer l'option multisite ?")).default(false).yes_no(),
            "with_carddav" => ask("with_carddav", "boolean", ("Install the CardDAV synchronization plugin?", "Installer le module de synchronisation CardDAV ?")).default(true).yes_no(),
            "with_sftp" => ask("with_sftp", "boolean", ("Do you need an SFTP access?", "Avez-vous besoin d'un accès SFTP ?")).default(true).yes_no(),
            "phpversion" => ask("phpversion", "select", ("PHP version", "Version de PHP")).choices(&[("none", ""), ("8.2", ""), ("8.3", "")]).default("8.2"),
            "database" => ask("database", "select", ("Do you need a database?", "Avez-vous besoin d'une base de données ?")).choices(&[("none", "None"), ("mysql", "MySQL/MariaDB"), ("postgresql", "PostgreSQL")]).default("none"),
            "team_display_name" => ask("team_display_name", "string", ("Name of your team", "Nom de votre équipe")).default("Équipe").with(json!({"example": "Tour & Cie"})),
            "site_name" => ask("site_name", "string", ("Name of the site", "Nom du site")).default("Moodle"),
            "allowed_urls" => ask("allowed_urls", "tags", ("Addresses that may use it", "Adresses qui peuvent l'utiliser")).optional().with(json!({"pattern": null, "choices": null, "icon": null})),
            "sync_enabled" => ask("syncyunohost_enabled", "boolean", ("Synchronise people with YunoHost?", "Synchroniser les personnes avec YunoHost ?")).default(false).yes_no(),
            "sync_group" => ask("syncyunohost_main_group", "group", ("Group to synchronise", "Groupe à synchroniser")).default("all_users").visible("syncyunohost_enabled"),
            // The rest is the questionnaire's.
            "note" => ask("note", "alert", ("This app only exists to exercise the form.", "Cette application n'existe que pour s'exercer au formulaire.")).shown_only().with(json!({"style": "info", "icon": null})),
            "welcome" => ask("welcome", "markdown", ("**Welcome.** Every kind of question follows.", "**Bienvenue.** Toutes les sortes de questions suivent.")).shown_only(),
            "tint" => ask("tint", "color", ("Colour of the header", "Couleur de l'en-tête")).default("#0f766e").with(json!({"pattern": {"regexp": "^#[a-fA-F0-9]{3,6}$", "error": "config_validate_color"}})),
            "headcount" => ask("headcount", "number", ("How many people?", "Combien de personnes ?")).default(12).with(json!({"min": 1, "max": 500, "step": 1})),
            "volume" => ask("volume", "range", ("Volume of the bell", "Volume de la sonnerie")).default(40).with(json!({"min": 0, "max": 100, "step": 10})),
            "contact" => ask("contact", "email", ("Who answers questions?", "Qui répond aux questions ?")).with(json!({"example": "accueil@tour-et-cie.example", "pattern": {"regexp": r"^.+@.+$", "error": "config_validate_email"}})),
            "homepage" => ask("homepage", "url", ("Address of your site", "Adresse de votre site")).optional().with(json!({"example": "https://tour-et-cie.example", "pattern": {"regexp": r"^https?://.*$", "error": "config_validate_url"}})),
            "opening" => ask("opening", "date", ("First day", "Premier jour")).default("2026-12-01").with(json!({"pattern": null})),
            "closing" => ask("closing", "time", ("Closes at", "Ferme à")).default("18:30").with(json!({"pattern": {"regexp": r"^(?:\d|[01]\d|2[0-3]):[0-5]\d$", "error": "config_validate_time"}})),
            "motto" => ask("motto", "string", ("A motto in one word", "Une devise en un mot")).default("tenir").with(json!({"pattern": {"regexp": "^[a-zà-ÿ]+$", "error": "One word, in small letters"}, "placeholder": "tenir"})),
            "address" => ask("address", "text", ("Postal address", "Adresse postale")).optional().with(json!({"example": "12 quai des Tanneurs\n44000 Nantes"})),
            "labels" => ask("labels", "tags", ("Labels", "Étiquettes")).default("prod,essai").with(json!({"pattern": null, "choices": null, "icon": null})),
            "newsletter" => ask("newsletter", "boolean", ("Send a letter each month?", "Envoyer une lettre chaque mois ?")).default(false).with(json!({"yes": "oui", "no": "non"})),
            "shelf" => ask("shelf", "select", ("Where are the books?", "Où sont les livres ?")).choices(&[("north", "North wall / Mur nord"), ("south", "South wall / Mur sud")]).default("south"),
            "neighbour" => ask("neighbour", "app", ("App to work with", "Application associée")).optional().with(json!({"filter": "is_webapp"})),
            "logo" => ask("logo", "file", ("A logo", "Un logo")).optional().with(json!({"accept": ".png,.svg"})),
            "advanced" => ask("advanced", "boolean", ("Show advanced questions?", "Montrer les questions avancées ?")).default(false).yes_no(),
            "depth" => ask("depth", "number", ("Depth of the index", "Profondeur de l'index")).default(3).visible("advanced").with(json!({"min": 1, "max": 9, "step": 1})),
            "renew" => ask("renew", "button", ("Renew", "Renouveler")).shown_only().with(json!({"style": "info", "icon": null, "enabled": true})),
            "secret_word" => ask("secret_word", "password", ("A second password", "Un second mot de passe")).optional(),
            _ => ask("", "", ("", "")),
        }
    }

    fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = value.into();
        self
    }

    fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    fn visible(mut self, expression: &'static str) -> Self {
        self.visible = Some(expression);
        self
    }

    fn helped(mut self, help: (&'static str, &'static str)) -> Self {
        self.help = Some(help);
        self
    }

    fn choices(mut self, choices: &'static [(&'static str, &'static str)]) -> Self {
        self.choices = choices;
        self
    }

    fn yes_no(self) -> Self {
        self.with(json!({"yes": 1, "no": 0}))
    }

    fn shown_only(mut self) -> Self {
        self.optional = true;
        self
    }

    fn with(mut self, more: Value) -> Self {
        self.more = more;
        self
    }

    /// Whether it only says something.
    pub(crate) fn says_only(&self) -> bool {
        matches!(self.kind, "alert" | "markdown" | "display_text" | "button")
    }

    /// Whether the answer becomes a setting: passwords do not.
    pub(crate) fn is_kept(&self) -> bool {
        self.kind != "password" && !self.says_only()
    }

    /// The default as an answer's text.
    pub(crate) fn default_text(&self) -> Option<String> {
        match &self.default {
            Value::Null => None,
            Value::Bool(said) => Some(self.stored(*said)),
            Value::String(said) => Some(said.clone()),
            other => Some(other.to_string()),
        }
    }

    fn stored(&self, yes: bool) -> String {
        let (key, fallback) = if yes { ("yes", "1") } else { ("no", "0") };
        match self.more.get(key) {
            Some(Value::String(said)) => said.clone(),
            Some(other) => other.to_string(),
            None => fallback.to_owned(),
        }
    }

    /// As a manifest's `install` table has it.
    pub(crate) fn written(&self) -> Value {
        let mut written = Map::new();
        written.insert("type".to_owned(), self.kind.into());
        if !matches!(self.id, "domain" | "path" | "init_main_permission") {
            written.insert(
                "ask".to_owned(),
                json!({"en": self.ask.0, "fr": self.ask.1}),
            );
        } else {
            written.insert("ask".to_owned(), self.ask.0.into());
        }
        if !self.default.is_null() {
            written.insert("default".to_owned(), self.default.clone());
        }
        if let Some(choices) = self.own_choices() {
            written.insert("choices".to_owned(), choices);
        }
        if self.optional {
            written.insert("optional".to_owned(), true.into());
        }
        written.insert("id".to_owned(), self.id.into());
        Value::Object(written)
    }

    /// As `app manifest` shows it, with what the server fills in.
    pub(crate) fn shown(&self, known: Known<'_>) -> Value {
        let mut shown = json!({
            "type": self.kind, "id": self.id, "mode": "bash",
            "ask": known.locale.pick(self.ask.0, self.ask.1),
            "readonly": self.says_only(),
            "visible": self.visible.map_or(Value::Bool(true), Value::from),
            "bind": null, "name": null,
        });
        let Some(fields) = shown.as_object_mut() else {
            return Value::Null;
        };
        if !self.says_only() {
            let help = self.help.map(|(en, fr)| known.locale.pick(en, fr));
            fields.insert("help".to_owned(), help.into());
            fields.insert("example".to_owned(), Value::Null);
            fields.insert("placeholder".to_owned(), Value::Null);
            fields.insert("redact".to_owned(), (self.kind == "password").into());
            fields.insert("optional".to_owned(), self.optional.into());
            fields.insert("default".to_owned(), self.default.clone());
        }
        match self.kind {
            "string" | "text" | "path" | "password" => {
                fields.insert("pattern".to_owned(), Value::Null);
            }
            "select" => {
                fields.insert("filter".to_owned(), Value::Null);
                fields.insert("choices".to_owned(), self.own_choices().into());
            }
            "domain" | "group" | "user" | "app" => {
                fields.insert("filter".to_owned(), Value::Null);
                let (choices, default) = self.filled(known);
                fields.insert("choices".to_owned(), choices);
                if let Some(default) = default {
                    fields.insert("default".to_owned(), default.into());
                }
            }
            _ => {}
        }
        if let Some(more) = self.more.as_object() {
            fields.extend(more.clone());
        }
        shown
    }

    /// A list of values, or a table value to text, as the manifest has it.
    fn own_choices(&self) -> Option<Value> {
        if self.choices.is_empty() {
            return None;
        }
        if self.choices.iter().all(|(_, text)| text.is_empty()) {
            return Some(
                self.choices
                    .iter()
                    .map(|(value, _)| Value::from(*value))
                    .collect(),
            );
        }
        Some(Value::Object(
            self.choices
                .iter()
                .map(|(value, text)| ((*value).to_owned(), Value::from(*text)))
                .collect(),
        ))
    }

    /// The choices that come from the server, and the default among them.
    fn filled(&self, Known { state, locale }: Known<'_>) -> (Value, Option<String>) {
        let mut choices = Map::new();
        let mut default = None;
        match self.kind {
            "domain" => {
                for domain in &state.domains {
                    let star = if domain.name == state.main_domain {
                        " ★"
                    } else {
                        ""
                    };
                    choices.insert(domain.name.clone(), format!("{}{star}", domain.name).into());
                }
                default = Some(state.main_domain.clone());
            }
            "user" => {
                for (name, user) in &state.users {
                    choices.insert(
                        name.clone(),
                        format!("{} ({})", user.fullname, user.mail).into(),
                    );
                }
                default = state.members("admins").first().cloned();
            }
            "group" => {
                let own = [
                    ("admins", "Admins", "Administrateurs"),
                    (
                        "all_users",
                        "All YunoHost users",
                        "Tous les comptes YunoHost",
                    ),
                    ("visitors", "Visitors", "Visiteurs"),
                ];
                for (name, en, fr) in own {
                    choices.insert(name.to_owned(), locale.pick(en, fr).into());
                }
                for name in state.groups.keys() {
                    choices
                        .entry(name.clone())
                        .or_insert_with(|| name.as_str().into());
                }
            }
            _ => {
                choices.insert("_none".to_owned(), "---".into());
                for (instance, app) in &state.apps {
                    choices.insert(
                        instance.clone(),
                        format!("{} ({instance})", app.label).into(),
                    );
                }
            }
        }
        (Value::Object(choices), default)
    }

    /// Checks an answer and gives it as it is kept; a question that is not seen takes its default.
    pub(crate) fn answer(
        &self,
        answers: &BTreeMap<String, String>,
        known: Known<'_>,
    ) -> Result<Option<String>, Wrong> {
        if self.says_only() {
            return Ok(None);
        }
        let hidden = self
            .visible
            .is_some_and(|expression| !holds(expression, answers));
        let said = answers.get(self.id).map(|said| said.trim().to_owned());
        let said = said.filter(|said| !said.is_empty() && !hidden);
        let fallback = match self.kind {
            "domain" => Some(known.state.main_domain.clone()),
            "user" => known.state.members("admins").first().cloned(),
            _ => self.default_text(),
        };
        let Some(value) = said.or(fallback) else {
            if self.optional || hidden {
                return Ok(None);
            }
            return Err(("app_argument_required", vec![("name", self.id.to_owned())]));
        };
        let wrong = |error: &str| -> Wrong {
            (
                "app_argument_invalid",
                vec![("name", self.id.to_owned()), ("error", error.to_owned())],
            )
        };
        let among = |choices: Vec<String>| {
            if choices.contains(&value) {
                return Ok(());
            }
            let list: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
            Err(wrong(&format!(
                "{} {}",
                known.locale.pick(
                    "Unexpected value; choose between",
                    "Valeur inattendue ; choisissez entre"
                ),
                list.join(", ")
            )))
        };
        match self.kind {
            "domain" if known.state.domain(&value).is_none() => {
                return Err(("domain_unknown", vec![("domain", value)]));
            }
            "user" => among(known.state.users.keys().cloned().collect())?,
            "group" => among(known.state.groups.keys().cloned().collect())?,
            "select" => among(
                self.choices
                    .iter()
                    .map(|(value, _)| (*value).to_owned())
                    .collect(),
            )?,
            "boolean" => {
                let yes = ["1", "yes", "y", "true", "t", "on"];
                let no = ["0", "no", "n", "false", "f", "off"];
                let lower = value.to_lowercase();
                let value = if yes.contains(&lower.as_str()) || lower == self.stored(true) {
                    true
                } else if no.contains(&lower.as_str()) || lower == self.stored(false) {
                    false
                } else {
                    return Err((
                        "app_argument_choice_invalid",
                        vec![
                            ("name", self.id.to_owned()),
                            ("value", value),
                            ("choices", "yes/no".to_owned()),
                        ],
                    ));
                };
                return Ok(Some(self.stored(value)));
            }
            "number" | "range" => {
                let number: i64 = value.parse().map_err(|_| {
                    wrong(
                        known
                            .locale
                            .pick("a number is expected", "un nombre est attendu"),
                    )
                })?;
                let limit = |name: &str| self.more.get(name).and_then(Value::as_i64);
                if limit("min").is_some_and(|min| number < min)
                    || limit("max").is_some_and(|max| number > max)
                {
                    return Err(wrong(known.locale.pick("out of range", "hors des limites")));
                }
            }
            "email" if !value.contains('@') => {
                return Err(wrong(
                    known
                        .locale
                        .pick("Should be a valid email", "Doit être un courriel valide"),
                ));
            }
            "url" if !value.starts_with("http://") && !value.starts_with("https://") => {
                return Err(wrong(
                    known
                        .locale
                        .pick("Should be a valid web URL", "Doit être une URL valide"),
                ));
            }
            "password" if value.chars().count() < 8 => {
                return Err(("password_too_simple_1", Vec::new()));
            }
            "path" => return Ok(Some(tidy_path(&value))),
            _ => {}
        }
        Ok(Some(value))
    }
}

/// Whether `name` or `! name` holds for the answers given.
fn holds(expression: &str, answers: &BTreeMap<String, String>) -> bool {
    let (negated, name) = match expression.strip_prefix('!') {
        Some(name) => (true, name.trim()),
        None => (false, expression),
    };
    let yes = answers
        .get(name)
        .is_some_and(|said| !matches!(said.as_str(), "" | "0" | "no" | "false" | "off"));
    yes != negated
}

/// `/office` for `office`, `/office/` and `//office`; `/` for nothing.
pub(crate) fn tidy_path(path: &str) -> String {
    format!("/{}", path.trim().trim_matches('/'))
}

fn ask(id: &'static str, kind: &'static str, ask: (&'static str, &'static str)) -> Question {
    Question {
        id,
        kind,
        ask,
        help: None,
        default: Value::Null,
        choices: &[],
        optional: false,
        visible: None,
        more: Value::Null,
    }
}
