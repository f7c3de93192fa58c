//! What a server found out about itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

use crate::{
    Action, Argv, Declaration, Extra, Form, ReplyError, Route,
    action::{Nothing, action, words},
    error::read,
    fields::CategoryName,
};

/// `diagnosis list`: the names of the categories.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListCategories;

/// The categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Categories {
    /// In YunoHost's order.
    pub categories: Vec<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ListCategories,
    Declaration::read("diagnosis list", &[Route::get("/diagnosis/categories")]),
    Categories,
    |of, argv| argv,
    |of, form| form
);

/// `diagnosis show --full`: what was found when it last ran.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowDiagnosis;

/// The reports. None when it never ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct Diagnosis {
    /// One a category.
    pub reports: Vec<Report>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// What was found in one category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Report {
    /// `basesystem`, `ip`, `dnsrecords`, …
    pub id: String,
    /// Its name in the server's language.
    #[serde(default)]
    pub description: Option<String>,
    /// Seconds that the report stays good.
    #[serde(default)]
    pub cached_for: Option<f64>,
    /// When it was made: seconds since 1970.
    #[serde(default)]
    pub timestamp: Option<f64>,
    /// What was found.
    #[serde(default)]
    pub items: Vec<Item>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Item {
    /// How bad it is.
    pub status: Severity,
    /// In the server's language; it may hold HTML of YunoHost, which is shown as text.
    #[serde(default)]
    pub summary: Option<String>,
    /// More lines of the same kind.
    #[serde(default)]
    pub details: Vec<String>,
    /// Whether an administrator said to ignore it.
    #[serde(default)]
    pub ignored: bool,
    /// What was looked at: names the item among its category's.
    #[serde(default)]
    #[specta(skip)]
    pub meta: BTreeMap<String, Value>,
    /// What was measured.
    #[serde(default)]
    #[specta(skip)]
    pub data: Option<Value>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

words!(
    /// How bad a finding is.
    Severity {
        /// As it should be.
        Success = "SUCCESS",
        /// Neither good nor bad.
        Info = "INFO",
        /// Worth a look.
        Warning = "WARNING",
        /// Broken.
        Error = "ERROR",
    }
);

impl Action for ShowDiagnosis {
    type Reply = Diagnosis;
    const DECLARATION: Declaration =
        Declaration::read("diagnosis show", &[Route::get("/diagnosis")]);

    fn argv(&self) -> Argv {
        Argv::new(Self::DECLARATION.name).arg("--full")
    }

    fn form(&self) -> Form {
        Form::new().flag("full", true)
    }

    fn parse(reply: Value) -> Result<Diagnosis, ReplyError> {
        // Before the first run the answer is empty.
        if reply.is_null() {
            Ok(Diagnosis::default())
        } else {
            read(Self::DECLARATION.name, reply)
        }
    }
}

/// `diagnosis run`: minutes on a small board. Answers nothing.
#[derive(Debug, Clone, Default)]
pub struct RunDiagnosis {
    /// Which categories; none means all.
    pub categories: Vec<CategoryName>,
    /// Look again at what was looked at a moment ago.
    pub force: bool,
}

action!(
    RunDiagnosis,
    Declaration::write("diagnosis run", &[Route::put("/diagnosis/run")]),
    Nothing,
    |of, argv| argv.args(&of.categories).flag("--force", of.force),
    |of, form| form
        .list("categories", &of.categories)
        .flag("force", of.force)
);
