//! Holds what was written against the table: every key known, every value of the right form. What it lets through, the
//! reader may take at its word.

use marked_yaml::{Marker, Node, Span};

use super::keys::{self, Form, Key};
use super::problem::{Problem, nearest};
use super::{EnvName, Kind};
use crate::Words;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<Problem>,
    /// The app's type, when it could be read: keys that mean nothing for it are refused.
    pub(super) kind: Option<Kind>,
}

impl Found {
    pub(super) fn add(&mut self, span: &Span, key: &str, words: Words) -> Option<&mut Problem> {
        let (line, column) = span.start().map_or((1, 1), place);
        self.problems.push(Problem {
            line,
            column,
            key: key.to_owned(),
            words,
            allowed: Vec::new(),
            nearest: None,
        });
        self.problems.last_mut()
    }

    fn among(&mut self, span: &Span, key: &str, words: Words, word: &str, allowed: &[&str]) {
        if let Some(problem) = self.add(span, key, words) {
            problem.nearest = nearest(word, allowed.iter().copied());
            problem.allowed = allowed.iter().map(|one| (*one).to_owned()).collect();
        }
    }
}

fn place(marker: &Marker) -> (usize, usize) {
    (marker.line(), marker.column())
}

/// An empty value (`domain:` and nothing more) counts as one that was left out.
pub(super) fn is_absent(node: &Node) -> bool {
    node.as_scalar()
        .is_some_and(|scalar| scalar.may_coerce() && matches!(scalar.as_str(), "" | "~" | "null"))
}

/// Checks a node against a key of the table. `at` is its place in the file, in the file's own names.
pub(super) fn check(node: &Node, key: &Key, at: &str, found: &mut Found) {
    if is_absent(node) {
        return;
    }
    match key.form {
        Form::Keys => check_keys(node, key.path, at, found),
        Form::Named => check_named(node, key.path, at, found),
        Form::List => {
            let Some(list) = node.as_sequence() else {
                return wants(found, node, at, "a list", "une liste");
            };
            let pattern = format!("{}[]", key.path);
            let Some(element) = keys::find(&pattern) else {
                return;
            };
            for (number, node) in list.iter().enumerate() {
                check(node, element, &format!("{at}[{number}]"), found);
            }
        }
        Form::Texts => check_texts(node, at, found, true),
        Form::Commands if node.as_sequence().is_some() => check_texts(node, at, found, false),
        Form::Access if node.as_sequence().is_some() => check_groups(node, at, found),
        _ => match node.as_scalar() {
            Some(scalar) => check_value(scalar.as_str(), scalar.span(), key, at, found),
            None => wants(found, node, at, "one value", "une seule valeur"),
        },
    }
}

fn wants(found: &mut Found, node: &Node, at: &str, english: &str, french: &str) {
    let words = Words::new(
        format!("`{at}` takes {english}"),
        format!("« {at} » attend {french}"),
    );
    found.add(node.span(), at, words);
}

/// The top of the file, and every key that has keys below it.
pub(super) fn check_keys(node: &Node, pattern: &str, at: &str, found: &mut Found) {
    let Some(map) = node.as_mapping() else {
        let (english, french) = ("keys below it", "des clés en dessous");
        return wants(found, node, at, english, french);
    };
    for (name, value) in map.iter() {
        let place = join(at, name.as_str());
        match keys::below(pattern).find(|(known, _)| *known == name.as_str()) {
            Some((_, key)) => {
                if let Some(kind) = found.kind
                    && !key.kinds.contains(&kind)
                    && !is_absent(value)
                {
                    let words = Words::new(
                        format!("`{place}` means nothing for an app of type {}", kind.word()),
                        format!(
                            "« {place} » ne veut rien dire pour une application de type {}",
                            kind.word()
                        ),
                    );
                    found.add(name.span(), &place, words);
                }
                check(value, key, &place, found);
            }
            None => {
                let kind = found.kind;
                let fits = |key: &Key| kind.is_none_or(|kind| key.kinds.contains(&kind));
                let known: Vec<&str> = keys::below(pattern)
                    .filter(|(_, key)| fits(key))
                    .map(|(name, _)| name)
                    .collect();
                let words = Words::new(
                    format!("`{}` is not a key here", name.as_str()),
                    format!("« {} » n'est pas une clé ici", name.as_str()),
                );
                found.among(name.span(), &place, words, name.as_str(), &known);
            }
        }
    }
    for (name, key) in keys::below(pattern) {
        let there = map.get_node(name).is_some_and(|node| !is_absent(node));
        if key.needed && !there {
            let place = join(at, name);
            let words = Words::new(
                format!(
                    "`{place}` is missing: {} For example `{name}: {}`",
                    key.english, key.example
                ),
                format!(
                    "« {place} » manque : {} Par exemple « {name}: {} »",
                    key.french, key.example
                ),
            );
            // A map's own mark is the one of its first colon.
            let first = map.iter().next().map(|(name, _)| name.span());
            found.add(first.unwrap_or(node.span()), &place, words);
        }
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}

fn check_named(node: &Node, pattern: &str, at: &str, found: &mut Found) {
    let Some(map) = node.as_mapping() else {
        return wants(
            found,
            node,
            at,
            "names with what belongs to each",
            "des noms, avec ce qui revient à chacun",
        );
    };
    let Some(element) = keys::find(&format!("{pattern}.*")) else {
        return;
    };
    for (name, value) in map.iter() {
        let place = join(at, name.as_str());
        let wrong = match pattern {
            "config.envs" => EnvName::new(name.as_str()).err().map(|problem| problem.words),
            "config.workers" => (!is_worker(name.as_str())).then(|| Words::new(
                format!("`{}` is no name for a worker: small letters and digits, a letter first", name.as_str()),
                format!("« {} » ne peut pas nommer un processus : minuscules et chiffres, une lettre d'abord", name.as_str()),
            )),
            _ => (!is_variable(name.as_str())).then(|| Words::new(
                format!("`{}` is no name for a variable: capital letters, digits and _, a letter first, and none of PORT, HOST, PATH, HOME, USER", name.as_str()),
                format!("« {} » ne peut pas nommer une variable : majuscules, chiffres et _, une lettre d'abord, et ni PORT, HOST, PATH, HOME ou USER", name.as_str()),
            )),
        };
        if let Some(words) = wrong {
            found.add(name.span(), &place, words);
        }
        check(value, element, &place, found);
    }
}

fn is_worker(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.len() <= 16
}

/// Whether this may name an environment variable of an app: what we set ourselves may not.
pub(crate) fn is_variable(name: &str) -> bool {
    let ours = [
        "PORT",
        "HOST",
        "PATH",
        "HOME",
        "USER",
        "SHELL",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
    ];
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && name.len() <= 64
        && !ours.contains(&name)
}

fn check_texts(node: &Node, at: &str, found: &mut Found, are_folders: bool) {
    let Some(list) = node.as_sequence() else {
        return wants(
            found,
            node,
            at,
            "a list, for example `[uploads]`",
            "une liste, par exemple « [uploads] »",
        );
    };
    for (number, node) in list.iter().enumerate() {
        let place = format!("{at}[{number}]");
        let Some(scalar) = node.as_scalar() else {
            wants(found, node, &place, "text", "du texte");
            continue;
        };
        if let Some(words) = if are_folders {
            wrong_inside(scalar.as_str())
        } else {
            wrong_line(scalar.as_str())
        } {
            found.add(node.span(), &place, words);
        }
    }
}

fn check_groups(node: &Node, at: &str, found: &mut Found) {
    for node in node.as_sequence().into_iter().flat_map(|list| list.iter()) {
        let group = node.as_scalar().map_or("", |scalar| scalar.as_str());
        let right = group.starts_with(|c: char| c.is_ascii_lowercase())
            && group
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !right {
            let words = Words::new(
                format!("`{group}` is no name of a group of YunoHost's"),
                format!("« {group} » n'est pas un nom de groupe de YunoHost"),
            );
            found.add(node.span(), at, words);
        }
    }
}

fn check_value(text: &str, span: &Span, key: &Key, at: &str, found: &mut Found) {
    let wrong = match key.form {
        Form::Word(words) => {
            let original = key.path == "type" && Kind::from_word(text).is_some();
            if !words.contains(&text) && !original {
                let said = Words::new(
                    format!("`{text}` is nothing that `{at}` can be"),
                    format!("« {text} » n'est pas une valeur de « {at} »"),
                );
                found.among(span, at, said, text, words);
            }
            None
        }
        Form::Access => {
            if !["public", "all_users"].contains(&text) {
                let said = Words::new(
                    format!("`{text}` is nothing that `{at}` can be (groups are written as a list: `[{text}]`)"),
                    format!("« {text} » n'est pas une valeur de « {at} » (les groupes s'écrivent en liste : « [{text}] »)"),
                );
                found.among(span, at, said, text, &["public", "all_users", "[group, …]"]);
            }
            None
        }
        Form::Number(from, to) => {
            let right = text.parse::<u16>().is_ok_and(|number| (from..=to).contains(&number));
            (!right).then(|| Words::new(
                format!("`{at}` takes a whole number from {from} to {to}, not `{text}`"),
                format!("« {at} » attend un nombre entier de {from} à {to}, et non « {text} »"),
            ))
        }
        Form::Memory => memory(text).is_none().then(|| Words::new(
            format!("`{at}` takes an amount of memory such as `256M` or `1G`, not `{text}`"),
            format!("« {at} » attend une quantité de mémoire comme « 256M » ou « 1G », et non « {text} »"),
        )),
        Form::Cpu => cpu(text).is_none().then(|| Words::new(
            format!("`{at}` takes a share such as `50%` or `150%`, not `{text}`"),
            format!("« {at} » attend une part comme « 50% » ou « 150% », et non « {text} »"),
        )),
        Form::Domain => (!is_domain(text)).then(|| Words::new(
            format!("`{text}` is no domain: small letters, digits, `-` and dots, for example `app.tour.example`"),
            format!("« {text} » n'est pas un domaine : minuscules, chiffres, « - » et points, par exemple « app.tour.example »"),
        )),
        Form::UrlPath => url_path(text).is_none().then(|| Words::new(
            format!("`{text}` is no path: `/`, or `/us` of letters, digits, `-`, `_`, `.` and `/`"),
            format!("« {text} » n'est pas un chemin : « / », ou « /nous » avec lettres, chiffres, « - », « _ », « . » et « / »"),
        )),
        Form::Inside => wrong_inside(text),
        Form::Version => {
            let right = !text.is_empty()
                && text.len() <= 8
                && text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
            (!right).then(|| Words::new(
                format!("`{at}` takes a version such as `{}`, not `{text}`", key.example),
                format!("« {at} » attend une version comme « {} », et non « {text} »", key.example),
            ))
        }
        Form::Cron => (!is_cron(text)).then(|| Words::new(
            format!("`{text}` is no time of cron's: five fields, for example `*/5 * * * *`"),
            format!("« {text} » n'est pas une heure de cron : cinq champs, par exemple « */5 * * * * »"),
        )),
        Form::Text | Form::Commands | Form::Value => wrong_line(text),
        Form::Keys | Form::Named | Form::List | Form::Texts => None,
    };
    if let Some(words) = wrong {
        found.add(span, at, words);
    }
}

/// Text on one line: units, cron and manifests have no place for more.
fn wrong_line(text: &str) -> Option<Words> {
    let wrong = text.trim().is_empty() || text.chars().any(char::is_control);
    wrong.then(|| Words::new(
        "this takes text on one line, without control characters (for more, a script of your own)",
        "il faut ici du texte sur une ligne, sans caractère de commande (au-delà : un script à vous)",
    ))
}

/// A path below the app's folder: never out of it.
fn wrong_inside(text: &str) -> Option<Words> {
    let right = !text.starts_with('/')
        && !text.is_empty()
        && text
            .trim_start_matches("./")
            .trim_end_matches('/')
            .split('/')
            .all(|part| {
                !matches!(part, "" | "..")
                    && (part != "." || text == "." || text == "./")
                    && !part.starts_with('-')
                    && part
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            });
    (!right).then(|| Words::new(
        format!("`{text}` is not below the app's folder, or has characters other than letters, digits, `.`, `_` and `-`"),
        format!("« {text} » n'est pas sous le dossier de l'application, ou contient autre chose que lettres, chiffres, « . », « _ » et « - »"),
    ))
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
}

/// With one slash first and none last, `/` excepted.
pub(super) fn url_path(text: &str) -> Option<String> {
    let inner = text.trim_matches('/');
    let part_is_right = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    (inner.is_empty() || inner.split('/').all(part_is_right)).then(|| format!("/{inner}"))
}

/// In MiB.
pub(super) fn memory(text: &str) -> Option<u32> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "M" | "m" => 1,
        "G" | "g" => 1024,
        _ => return None,
    };
    let amount = number.parse::<u32>().ok()?.checked_mul(factor)?;
    (16..=1024 * 1024).contains(&amount).then_some(amount)
}

/// In percent of one processor.
pub(super) fn cpu(text: &str) -> Option<u16> {
    let percent = text.strip_suffix('%')?.trim_end().parse::<u16>().ok()?;
    (1..=6400).contains(&percent).then_some(percent)
}

fn is_cron(text: &str) -> bool {
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let limits = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
    fields.len() == limits.len()
        && fields.iter().zip(limits).all(|(field, (from, to))| {
            field.split(',').all(|part| {
                let (range, step) = part
                    .split_once('/')
                    .map_or((part, None), |(range, step)| (range, Some(step)));
                let is_in =
                    |number: &str| number.parse::<u8>().is_ok_and(|n| (from..=to).contains(&n));
                let step_is_right = step.is_none_or(|step| step.parse::<u8>().is_ok_and(|n| n > 0));
                let range_is_right = range == "*"
                    || is_in(range)
                    || range
                        .split_once('-')
                        .is_some_and(|(a, b)| is_in(a) && is_in(b));
                step_is_right && range_is_right
            })
        })
}
