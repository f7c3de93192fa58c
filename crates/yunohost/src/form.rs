//! The same call over HTTP: path parameters and fields, of which some are secret.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;

use crate::{Route, Secret, argv::HIDDEN};

/// What is sent to a route. `Debug` hides secrets. Lists repeat their name; a flag is a field without a value.
///
/// Text that is not ASCII breaks in URL-encoded bodies of YunoHost: send the fields as multipart.
#[derive(Clone, Default)]
pub struct Form {
    path: Vec<(&'static str, String)>,
    fields: Vec<(&'static str, Value)>,
}

#[derive(Clone)]
enum Value {
    Plain(String),
    Secret(Secret),
}

impl Form {
    /// A form with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// A parameter of the route's path.
    #[must_use]
    pub fn path(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.path.push((name, value.as_ref().to_owned()));
        self
    }

    /// A list that stands in the route's path. YunoHost's API takes one value there and does not split it
    /// (moulinette/interfaces/api.py): with none or several, [`Form::address`] gives nothing, and the call is made
    /// once for each.
    #[must_use]
    pub fn path_list<T: AsRef<str>>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(value), None) => self.path(name, value),
            _ => self,
        }
    }

    /// A field, when it has a value.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: Option<impl AsRef<str>>) -> Self {
        if let Some(value) = value {
            self.fields
                .push((name, Value::Plain(value.as_ref().to_owned())));
        }
        self
    }

    /// The same field once for each value.
    #[must_use]
    pub fn list<T: AsRef<str>>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        values
            .into_iter()
            .fold(self, |form, value| form.field(name, Some(value)))
    }

    /// A field without a value, when it is wanted.
    #[must_use]
    pub fn flag(self, name: &'static str, wanted: bool) -> Self {
        self.field(name, wanted.then_some(""))
    }

    /// A field whose value is never shown.
    #[must_use]
    pub fn secret(mut self, name: &'static str, value: Option<&Secret>) -> Self {
        if let Some(value) = value {
            self.fields.push((name, Value::Secret(value.clone())));
        }
        self
    }

    /// The path of a route with its parameters filled in and encoded, or nothing when one is not here.
    pub fn address(&self, route: &Route) -> Option<String> {
        let parts: Option<Vec<String>> = route
            .path
            .split('/')
            .map(|part| {
                match part
                    .strip_prefix('<')
                    .and_then(|part| part.strip_suffix('>'))
                {
                    None => Some(part.to_owned()),
                    Some(name) => self
                        .path
                        .iter()
                        .find(|(known, _)| *known == name)
                        .map(|(_, value)| encoded(value)),
                }
            })
            .collect();
        parts.map(|parts| parts.join("/"))
    }

    /// The true fields in order. For the HTTP door only: never log, store or show them.
    pub fn expose(&self) -> Vec<(&'static str, String)> {
        self.fields
            .iter()
            .map(|(name, value)| match value {
                Value::Plain(value) => (*name, value.clone()),
                Value::Secret(value) => (*name, value.expose_secret().to_owned()),
            })
            .collect()
    }

    /// The fields as they may be shown.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        self.fields
            .iter()
            .map(|(name, value)| match value {
                Value::Plain(value) => (*name, value.clone()),
                Value::Secret(_) => (*name, HIDDEN.to_owned()),
            })
            .collect()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("path", &self.path)
            .field("fields", &self.shown())
            .finish()
    }
}

/// What stays as it is in a segment of a path (RFC 3986, "unreserved"), and the star that means all domains.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'*');

/// A value as one segment of a path.
fn encoded(value: &str) -> String {
    utf8_percent_encode(value, UNRESERVED).to_string()
}
