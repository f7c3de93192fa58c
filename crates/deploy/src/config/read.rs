//! From text to [`Config`].

use std::collections::BTreeMap;

use marked_yaml::types::MarkedMappingNode;
use marked_yaml::{LoadError, LoaderOptions, Node, Span};

use super::check::{self, Found, is_absent};
use super::{
    Access, AppId, AppName, Build, Config, Cpu, Database, EnvName, Environment, Health, Hooks,
    Kind, Limits, Memory, Problem, Task, Versions, Where, Worker,
};
use crate::Words;

/// The longest file that is looked at.
const LONGEST: usize = 256 << 10;

impl Config {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Every problem, in the order of lines; never an empty list.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut found = Found::default();
        let config = read(text, &mut found);
        found
            .problems
            .sort_by_key(|problem| (problem.line, problem.column));
        match config {
            Some(config) if found.problems.is_empty() => Ok(config),
            _ => Err(found.problems),
        }
    }
}

fn read(text: &str, found: &mut Found) -> Option<Config> {
    if text.len() > LONGEST {
        let words = Words::new(
            "this file is longer than 256 KiB",
            "ce fichier dépasse 256 Kio",
        );
        found.add(&Span::new_blank(), "", words);
        return None;
    }
    let options = LoaderOptions::default().error_on_duplicate_keys(true);
    let root = match marked_yaml::parse_yaml_with_options(0, text, options) {
        Ok(root) => root,
        Err(error) => {
            not_yaml(&error, found);
            return None;
        }
    };
    let top = root.as_mapping().filter(|top| !top.is_empty());
    if let Some(kind) = top.and_then(|top| top.get_scalar("type")) {
        found.kind = Kind::from_word(kind.as_str());
    }
    check::check_keys(&root, "", "", found);
    let top = top?;
    let name_node = top.get_scalar("name");
    let name = match AppName::new(name_node?.as_str()) {
        Ok(name) => Some(name),
        Err(problem) => {
            found.add(name_node?.span(), "name", problem.words);
            None
        }
    };
    let empty = MarkedMappingNode::new_empty(Span::new_blank());
    let config = Map(top.get_mapping("config").unwrap_or(&empty));
    let name = name?;
    let kind = found.kind?;
    let envs = environments(&name, config, found);
    needs_start(kind, config, top.get_scalar("type")?.span(), found);
    found
        .problems
        .is_empty()
        .then(|| whole(name, kind, envs, config))
}

fn not_yaml(error: &LoadError, found: &mut Found) {
    let (span, words) = match error {
        LoadError::TopLevelMustBeMapping(marker) => (
            Span::new_start(*marker),
            Words::new(
                "this file is empty or has no keys: it begins with `name: my-app`",
                "ce fichier est vide ou sans clé : il commence par « name: mon-app »",
            ),
        ),
        LoadError::DuplicateKey(twice) => (
            *twice.key.span(),
            Words::new(
                format!(
                    "`{}` stands here twice; it was first on line {}",
                    twice.key.as_str(),
                    line(twice.prev_key.span())
                ),
                format!(
                    "« {} » figure deux fois ; d'abord à la ligne {}",
                    twice.key.as_str(),
                    line(twice.prev_key.span())
                ),
            ),
        ),
        LoadError::UnexpectedAnchor(marker) | LoadError::UnexpectedTag(marker) => (
            Span::new_start(*marker),
            Words::new(
                "anchors, aliases and tags of YAML are not taken here: write the value itself",
                "les ancres, alias et étiquettes de YAML ne sont pas admis ici : écrivez la valeur",
            ),
        ),
        LoadError::MappingKeyMustBeScalar(marker) => (
            Span::new_start(*marker),
            Words::new(
                "a key is a plain word here (is there a `{` or `[` too many?)",
                "une clé est ici un simple mot (un « { » ou « [ » de trop ?)",
            ),
        ),
        LoadError::ScanError(marker, cause) => (
            Span::new_start(*marker),
            Words::new(
                format!(
                    "this is not YAML: {cause} (often a space too few, a tab, or a missing quote)"
                ),
                format!(
                    "ce n'est pas du YAML : {cause} (souvent un espace qui manque, une tabulation, un guillemet oublié)"
                ),
            ),
        ),
        other => (
            Span::new_blank(),
            Words::new(
                format!("this is not YAML: {other}"),
                format!("ce n'est pas du YAML : {other}"),
            ),
        ),
    };
    found.add(&span, "", words);
}

fn line(span: &Span) -> usize {
    span.start().map_or(1, marked_yaml::Marker::line)
}

/// The keys below one, whose forms were checked.
#[derive(Clone, Copy)]
struct Map<'n>(&'n MarkedMappingNode);

impl<'n> Map<'n> {
    fn node(self, key: &str) -> Option<&'n Node> {
        self.0.get_node(key).filter(|node| !is_absent(node))
    }

    fn text(self, key: &str) -> Option<String> {
        Some(self.node(key)?.as_scalar()?.as_str().to_owned())
    }

    fn number<N: std::str::FromStr>(self, key: &str) -> Option<N> {
        self.text(key)?.parse().ok()
    }

    fn below(self, key: &str) -> Option<Map<'n>> {
        self.node(key)?.as_mapping().map(Map)
    }

    fn texts(self, key: &str) -> Vec<String> {
        match self.node(key) {
            Some(Node::Sequence(list)) => list
                .iter()
                .filter_map(|node| Some(node.as_scalar()?.as_str().to_owned()))
                .collect(),
            Some(Node::Scalar(scalar)) => vec![scalar.as_str().to_owned()],
            _ => Vec::new(),
        }
    }

    fn named(self, key: &str) -> impl Iterator<Item = (&'n str, &'n Node)> {
        let map = self.below(key).map(|map| map.0);
        map.into_iter()
            .flat_map(|map| map.iter().map(|(name, node)| (name.as_str(), node)))
    }

    fn inside(self, key: &str) -> Option<String> {
        Some(inside(&self.text(key)?))
    }

    fn access(self) -> Option<Access> {
        match self.node("access")? {
            Node::Scalar(word) if word.as_str() == "public" => Some(Access::Public),
            Node::Scalar(_) => Some(Access::AllUsers),
            _ => Some(Access::Groups(self.texts("access"))),
        }
    }

    fn variables(self) -> BTreeMap<String, String> {
        let each = self.named("variables");
        each.filter_map(|(name, node)| {
            Some((name.to_owned(), node.as_scalar()?.as_str().to_owned()))
        })
        .collect()
    }
}

/// Without `./` and a last slash; `.` is nothing.
fn inside(text: &str) -> String {
    let text = text.trim_start_matches("./").trim_end_matches('/');
    if text == "." {
        String::new()
    } else {
        text.to_owned()
    }
}

fn environments(name: &AppName, config: Map<'_>, found: &mut Found) -> Vec<(EnvName, Environment)> {
    let shared = config.variables();
    let access = config.access().unwrap_or(Access::AllUsers);
    let mut envs: Vec<(EnvName, Environment)> = Vec::new();
    let empty = MarkedMappingNode::new_empty(Span::new_blank());
    for (env_name, node) in config.named("envs") {
        let at = format!("config.envs.{env_name}");
        let Ok(env) = EnvName::new(env_name) else {
            continue;
        };
        let id = match AppId::of(name, &env) {
            Ok(id) => id,
            Err(problem) => {
                found.add(node.span(), &at, problem.words);
                continue;
            }
        };
        let own = Map(node.as_mapping().unwrap_or(&empty));
        let environment = Environment {
            id,
            domain: own.text("domain"),
            path: own
                .text("path")
                .and_then(|path| check::url_path(&path))
                .unwrap_or_else(|| "/".to_owned()),
            access: own.access().unwrap_or_else(|| access.clone()),
            variables: shared.clone().into_iter().chain(own.variables()).collect(),
        };
        if let Some((other, _)) = envs.iter().find(|(_, other)| {
            other.domain == environment.domain && overlaps(&other.path, &environment.path)
        }) {
            let span = own.node("path").map_or(node.span(), Node::span);
            let words = inside_another(env_name, other.as_str(), environment.domain.as_deref());
            found.add(span, &format!("{at}.path"), words);
        }
        envs.push((env, environment));
    }
    if envs.is_empty()
        && config.node("envs").is_none()
        && let Ok(env) = EnvName::new(super::DEFAULT_ENV)
        && let Ok(id) = AppId::of(name, &env)
    {
        let path = "/".to_owned();
        envs.push((
            env,
            Environment {
                id,
                domain: None,
                path,
                access,
                variables: shared,
            },
        ));
    }
    envs
}

fn inside_another(env: &str, other: &str, domain: Option<&str>) -> Words {
    let domain = domain.unwrap_or("the same domain");
    Words::new(
        format!(
            "environment `{env}` lies inside environment `{other}` on {domain}: YunoHost would take it, and each would answer for the other; give it a path or a domain of its own"
        ),
        format!(
            "l'environnement « {env} » est à l'intérieur de « {other} » sur {domain} : YunoHost l'accepterait, et chacun répondrait à la place de l'autre ; donnez-lui un chemin ou un domaine à lui"
        ),
    )
}

/// Whether one path lies in the other: `/us` and `/us/sub`, not `/us` and `/usher`.
pub(crate) fn overlaps(a: &str, b: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        let outer = outer.trim_end_matches('/');
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(a, b) || within(b, a)
}

fn needs_start(kind: Kind, config: Map<'_>, span: &Span, found: &mut Found) {
    if matches!(kind, Kind::Node | Kind::Python) && config.node("start").is_none() {
        let example = if kind == Kind::Node {
            "node server.js"
        } else {
            "python3 app.py"
        };
        found.add(span, "config.start", Words::new(
            format!("an app of type {} needs `config.start`, the command that serves on the port of PORT: for example `start: {example}`", kind.word()),
            format!("une application de type {} a besoin de « config.start », la commande qui sert sur le port de PORT : par exemple « start: {example} »", kind.word()),
        ));
    }
}

fn whole(name: AppName, kind: Kind, envs: Vec<(EnvName, Environment)>, config: Map<'_>) -> Config {
    let sub = |key| config.below(key);
    let (build, health, hooks, limits, versions) = (
        sub("build"),
        sub("health"),
        sub("hooks"),
        sub("limits"),
        sub("versions"),
    );
    let commands = |map: Option<Map<'_>>, key| map.map_or_else(Vec::new, |map| map.texts(key));
    let version = |key| versions.and_then(|map| map.text(key));
    Config {
        label: config
            .text("label")
            .unwrap_or_else(|| name.as_str().to_owned()),
        name,
        kind,
        envs,
        webroot: config.inside("webroot").unwrap_or_else(|| {
            if kind == Kind::Laravel {
                "public".to_owned()
            } else {
                String::new()
            }
        }),
        dockerfile: config
            .inside("dockerfile")
            .unwrap_or_else(|| "Dockerfile".to_owned()),
        versions: Versions {
            php: version("php"),
            node: version("node"),
            python: version("python"),
        },
        build: Build {
            commands: commands(build, "run"),
            on: match build.and_then(|map| map.text("on")).as_deref() {
                Some("server") => Where::Server,
                _ => Where::Here,
            },
        },
        start: config.text("start"),
        health: Health {
            path: health
                .and_then(|map| map.text("path"))
                .and_then(|path| check::url_path(&path))
                .unwrap_or_else(|| "/".to_owned()),
            seconds: health.and_then(|map| map.number("seconds")).unwrap_or(10),
        },
        hooks: Hooks {
            before: commands(hooks, "before"),
            migrate: commands(hooks, "migrate"),
            after: commands(hooks, "after"),
        },
        data: config
            .texts("data")
            .iter()
            .map(|folder| inside(folder))
            .collect(),
        database: match config.text("database").as_deref() {
            Some("mysql") => Database::Mysql,
            Some("postgresql") => Database::Postgresql,
            _ => Database::None,
        },
        schedule: tasks(config),
        workers: config
            .named("workers")
            .filter_map(|(name, node)| {
                let own = Map(node.as_mapping()?);
                Some(Worker {
                    name: name.to_owned(),
                    run: own.text("run")?,
                    count: own.number("count").unwrap_or(1),
                })
            })
            .collect(),
        limits: Limits {
            memory: limits
                .and_then(|map| check::memory(&map.text("memory")?))
                .map(Memory),
            cpu: limits
                .and_then(|map| check::cpu(&map.text("cpu")?))
                .map(Cpu),
        },
        variables: config.variables(),
        keep: config.number("keep").unwrap_or(3),
    }
}

fn tasks(config: Map<'_>) -> Vec<Task> {
    let list = config.node("schedule").and_then(Node::as_sequence);
    let each = list.into_iter().flat_map(|list| list.iter());
    each.filter_map(|node| {
        let own = Map(node.as_mapping()?);
        Some(Task {
            cron: own.text("cron")?,
            run: own.text("run")?,
        })
    })
    .collect()
}
