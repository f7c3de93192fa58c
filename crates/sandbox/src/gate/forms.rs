//! The words of a request, taken apart and put together again by the forms that gates have.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::Value;
use towerify_yunohost::gate::{FORMS, GatePolicy};

use super::theirs::{Theirs, visible};

/// An action's values and options, each with the name of its check.
#[derive(Debug, Deserialize)]
struct Form(Vec<String>, BTreeMap<String, String>);

type Forms = BTreeMap<String, BTreeMap<String, Form>>;

fn forms() -> &'static Forms {
    static READ: LazyLock<Forms> =
        LazyLock::new(|| serde_json::from_str(FORMS).unwrap_or_default());
    &READ
}

/// The words of an action, taken apart.
pub(super) struct Taken {
    pub(super) action: String,
    kind: String,
    values: Vec<String>,
    options: Vec<(String, Vec<String>)>,
}

/// The operation is known, its fields are those that it may have, and its id is a number.
pub(super) fn check_fields(request: &Value) -> Result<(), String> {
    let refused = || "an operation or a field that is not allowed".to_owned();
    let fields = request.as_object().ok_or_else(refused)?;
    if !fields
        .get("id")
        .is_some_and(|id| id.is_i64() || id.is_u64())
    {
        return Err("a request has a number as its id".into());
    }
    let operation = fields
        .get("op")
        .map_or(Some("read"), Value::as_str)
        .ok_or_else(refused)?;
    let known: &[&str] = match operation {
        "read" => &["argv", "limit", "locale"],
        "start" => &["argv", "run", "lock_wait", "locale", "spool"],
        "units" => &["limit", "locale"],
        "follow" => &["run", "from"],
        "forget" => &["run"],
        "stop" => &["of"],
        "runs" | "lock" | "facts" | "ping" => &[],
        _ => return Err(refused()),
    };
    let good = fields
        .keys()
        .all(|name| matches!(name.as_str(), "id" | "op") || known.contains(&name.as_str()));
    good.then_some(()).ok_or_else(refused)
}

/// A list of texts.
pub(super) fn words(argv: Option<&Value>) -> Result<Vec<String>, String> {
    argv.and_then(Value::as_array)
        .and_then(|words| {
            words
                .iter()
                .map(|word| word.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        })
        .filter(|words| (2..=300).contains(&words.len()))
        .ok_or_else(|| "argv must be a list of texts".to_owned())
}

/// An action's name, its values and its options.
pub(super) fn taken_apart(argv: &[String], kind: &str) -> Result<Taken, String> {
    let refused = || "this action is not allowed".to_owned();
    let known = forms().get(kind).ok_or_else(refused)?;
    let (action, rest) = [3, 2]
        .into_iter()
        .find_map(|length| {
            let (name, rest) = argv.split_at_checked(length)?;
            let single = name.iter().all(|word| !word.contains(' '));
            (single && known.contains_key(&name.join(" "))).then(|| (name.join(" "), rest))
        })
        .ok_or_else(refused)?;
    let is_option = |word: &String| word.starts_with('-');
    let first = rest.iter().position(is_option).unwrap_or(rest.len());
    let (values, mut rest) = rest.split_at(first);
    let mut options: Vec<(String, Vec<String>)> = Vec::new();
    while let Some((word, after)) = rest.split_first() {
        let took = after.iter().position(is_option).unwrap_or(after.len());
        let (took, left) = after.split_at(took);
        let joined = word.split_once('=');
        let name = joined.map_or(word.as_str(), |(name, _)| name);
        if options.iter().any(|(known, _)| known == name) || joined.is_some() && !took.is_empty() {
            return Err("an option twice, or with too many values".into());
        }
        let values = joined.map_or_else(|| took.to_vec(), |(_, value)| vec![value.to_owned()]);
        options.push((name.to_owned(), values));
        rest = left;
    }
    Ok(Taken {
        action,
        kind: kind.to_owned(),
        values: values.to_vec(),
        options,
    })
}

/// The words as the gate writes them itself, each value passed whole.
pub(super) fn put_together(
    call: &Taken,
    theirs: &Theirs,
    policy: &GatePolicy,
) -> Result<Vec<String>, String> {
    let form = forms()
        .get(&call.kind)
        .and_then(|forms| forms.get(&call.action));
    let Some(Form(places, known)) = form.filter(|_| policy.actions.contains(&call.action)) else {
        return Err("this action is not allowed".into());
    };
    let many = places
        .last()
        .and_then(|last| last.chars().last())
        .filter(|c| matches!(c, '+' | '*'));
    let least = places.len() - usize::from(many == Some('*'));
    if call.values.len() < least || call.values.len() > places.len() && many.is_none() {
        return Err("too few or too many values".into());
    }
    for name in known.keys().filter_map(|name| name.strip_suffix('!')) {
        if !call.options.iter().any(|(given, _)| given == name) {
            return Err(format!("{name} must be there"));
        }
    }
    let passed = |check: &str, value: &str| -> Result<String, String> {
        let seen = visible(value, "")?;
        match check.trim_end_matches(['+', '*']) {
            "secret" => Ok(value.to_owned()),
            check => theirs.check(check, &seen),
        }
    };
    let mut words: Vec<String> = call.action.split(' ').map(str::to_owned).collect();
    for (at, value) in call.values.iter().enumerate() {
        let Some(check) = places.get(at).or(places.last()) else {
            return Err("too few or too many values".into());
        };
        words.push(passed(check, value)?);
    }
    for (name, took) in &call.options {
        let check = known.get(name).or_else(|| known.get(&format!("{name}!")));
        let Some(check) = check.filter(|_| !name.ends_with('!')) else {
            return Err("an option that is not allowed".into());
        };
        let many = check.ends_with('+');
        if (took.is_empty() || !many) && took.len() != usize::from(!check.is_empty()) {
            return Err("an option with too few or too many values".into());
        }
        let took = took
            .iter()
            .map(|value| passed(check, value))
            .collect::<Result<Vec<_>, _>>()?;
        match took.as_slice() {
            [one] if !many => words.push(format!("{name}={one}")),
            several => {
                words.push(name.clone());
                words.extend(several.iter().cloned());
            }
        }
    }
    Ok(words)
}
