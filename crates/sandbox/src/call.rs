//! What a server is asked to do, understood: from an argument list, or from a route and the fields of a form.

use std::collections::BTreeMap;

use crate::{
    grammar::{self, Argument, Arity},
    words::Locale,
};

/// One action with its arguments, by the names that YunoHost's action map has for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `user create`.
    pub(crate) name: &'static str,
    /// In which language to answer.
    pub(crate) locale: Locale,
    given: BTreeMap<String, Vec<String>>,
}

/// Why an argument list is no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misused {
    /// argparse's own text, exit status 2.
    Usage(String),
    /// A required value that only a terminal could ask for.
    Prompt(String),
}

impl Call {
    /// Reads an argument list.
    pub(crate) fn from_argv(argv: &[String], locale: Locale) -> Result<Self, Misused> {
        let Some((name, notation, words)) = grammar::find(argv) else {
            let said = argv.iter().take(3).cloned().collect::<Vec<_>>().join(" ");
            return Err(Misused::Usage(format!(
                "usage: yunohost\n               {{user,domain,app,service,diagnosis,log,tools}}\n               ...\n\
                 yunohost: error: invalid choice: '{said}'"
            )));
        };
        let arguments = grammar::arguments(notation);
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut loose: Vec<String> = Vec::new();
        let mut rest = argv.iter().skip(words).peekable();
        let usage =
            |what: &str| Misused::Usage(format!("usage: -c {name}\n-c {name}: error: {what}"));
        while let Some(word) = rest.next() {
            if word == "-h" || word == "--help" {
                return Err(usage("help"));
            }
            let (said, inline) = match word.split_once('=') {
                Some((said, value)) if said.starts_with("--") => (said, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            if !is_option(said) {
                loose.push(word.clone());
                continue;
            }
            let Some(argument) = arguments.iter().find(|known| {
                !known.positional && (known.long == said || known.short == Some(said))
            }) else {
                return Err(usage(&format!("unrecognized arguments: {said}")));
            };
            let values = given.entry(argument.key()).or_default();
            match argument.arity {
                Arity::Flag => {}
                Arity::Any | Arity::Many => {
                    values.extend(inline);
                    while let Some(value) = rest.next_if(|next| !is_option(next)) {
                        values.push(value.clone());
                    }
                }
                Arity::One | Arity::Optional => match inline.or_else(|| rest.next().cloned()) {
                    Some(value) => values.push(value),
                    None => return Err(usage(&format!("argument {said}: expected one argument"))),
                },
            }
        }
        place(&arguments, loose, &mut given).map_err(|what| usage(&what))?;
        Ok(Self {
            name,
            locale,
            given,
        })
    }

    /// Takes the fields of a form; lists in a path are separated by commas.
    pub(crate) fn from_fields(
        name: &'static str,
        fields: impl IntoIterator<Item = (String, String)>,
        locale: Locale,
    ) -> Result<Self, Misused> {
        let notation = grammar::GRAMMAR
            .iter()
            .find_map(|(known, notation)| (*known == name).then_some(*notation))
            .unwrap_or_default();
        let arguments = grammar::arguments(notation);
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in fields {
            let Some(argument) = arguments.iter().find(|known| known.key() == key) else {
                continue; // YunoHost ignores what it does not know.
            };
            let values = given.entry(key).or_default();
            match argument.arity {
                Arity::Flag => {}
                Arity::Any | Arity::Many if argument.positional => {
                    values.extend(
                        value
                            .split(',')
                            .filter(|part| *part != "*")
                            .map(str::to_owned),
                    );
                }
                _ => values.push(value),
            }
        }
        for argument in &arguments {
            if argument.positional
                && matches!(argument.arity, Arity::One | Arity::Many)
                && !given.contains_key(&argument.key())
            {
                return Err(Misused::Usage(format!(
                    "Argument '{}' is required",
                    argument.key()
                )));
            }
        }
        Ok(Self {
            name,
            locale,
            given,
        })
    }

    /// The one value of an argument.
    pub(crate) fn one(&self, key: &str) -> Option<&str> {
        self.given
            .get(key)
            .and_then(|values| values.first())
            .map(String::as_str)
    }

    /// A positional that the grammar requires; empty never happens after parsing.
    pub(crate) fn required(&self, key: &str) -> &str {
        self.one(key).unwrap_or_default()
    }

    /// A value that YunoHost would ask for on a terminal.
    pub(crate) fn asked(&self, key: &str) -> Result<&str, Misused> {
        self.one(key).ok_or_else(|| Misused::Prompt(key.to_owned()))
    }

    /// All values of an argument.
    pub(crate) fn all(&self, key: &str) -> &[String] {
        self.given.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether a flag, or an option, was given.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }
}

fn is_option(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && !word[1..].starts_with(|c: char| c.is_ascii_digit())
}

/// Gives loose words to the positional arguments, in their order.
fn place(
    arguments: &[Argument],
    loose: Vec<String>,
    given: &mut BTreeMap<String, Vec<String>>,
) -> Result<(), String> {
    let mut loose = loose.into_iter().peekable();
    for argument in arguments.iter().filter(|argument| argument.positional) {
        let values = given.entry(argument.key()).or_default();
        match argument.arity {
            Arity::One | Arity::Optional => values.extend(loose.next()),
            Arity::Any | Arity::Many => values.extend(loose.by_ref()),
            Arity::Flag => {}
        }
        let required = matches!(argument.arity, Arity::One | Arity::Many);
        if required && values.is_empty() {
            return Err(format!(
                "the following arguments are required: {}",
                argument.key()
            ));
        }
    }
    match loose.next() {
        Some(left) => Err(format!("unrecognized arguments: {left}")),
        None => Ok(()),
    }
}

/// The answers of `--args`: `domain=a.example&path=%2Foffice`, decoded.
pub(crate) fn answers(encoded: &str) -> BTreeMap<String, String> {
    encoded
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// URL-decoding as Python's `parse_qs` does it: `+` is a space.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let pair = [ahead.next(), ahead.next()];
                let value = pair.into_iter().try_fold(0_u8, |value, digit| {
                    let digit = char::from(digit?).to_digit(16)?;
                    u8::try_from(digit).ok().map(|digit| (value << 4) | digit)
                });
                match value {
                    Some(value) => {
                        bytes.push(value);
                        rest = ahead;
                    }
                    None => bytes.push(byte),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(line: &[&str]) -> Result<Call, Misused> {
        let argv: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        Call::from_argv(&argv, Locale::English)
    }

    #[test]
    fn options_lists_and_places_are_told_apart() {
        let call = call(&[
            "user",
            "create",
            "ann",
            "-F",
            "Ann",
            "--domain=a.example",
            "-p",
            "-Secret-1",
        ])
        .unwrap();
        assert_eq!(call.name, "user create");
        assert_eq!(call.one("username"), Some("ann"));
        assert_eq!(call.one("fullname"), Some("Ann"));
        assert_eq!(call.one("domain"), Some("a.example"));
        assert_eq!(call.one("password"), Some("-Secret-1"));
    }

    #[test]
    fn a_missing_or_unknown_argument_is_a_usage_error() {
        assert!(matches!(call(&["user", "info"]), Err(Misused::Usage(_))));
        assert!(matches!(call(&["user", "fly"]), Err(Misused::Usage(_))));
        assert!(matches!(
            call(&["user", "info", "ann", "--sideways"]),
            Err(Misused::Usage(_))
        ));
    }

    #[test]
    fn answers_are_decoded() {
        let answers =
            answers("domain=a.example&path=%2Foffice&greeting=%C3%89t%C3%A9+%26+co&bad=%zz");
        assert_eq!(answers["path"], "/office");
        assert_eq!(answers["greeting"], "Été & co");
        assert_eq!(answers["bad"], "%zz");
    }
}
