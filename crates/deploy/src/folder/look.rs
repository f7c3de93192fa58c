//! What a folder seems to hold.

use std::fs;
use std::path::Path;

use crate::Words;
use crate::config::{AppName, Kind};

/// What `init` would write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The folder's name, made one for an app.
    pub name: String,
    /// The type.
    pub kind: Kind,
    /// What in the folder says so.
    pub because: Words,
    /// The command that serves, where the type needs one.
    pub start: Option<String>,
    /// The command that makes the app, where one is usual.
    pub build: Option<String>,
    /// The folder that is served, where it is not the app's own.
    pub webroot: Option<String>,
    /// The container's recipe, where it is not `Dockerfile`.
    pub dockerfile: Option<String>,
}

/// Looks at a folder, and proposes. A folder that says nothing holds files to be served as they are.
pub fn propose(folder: &Path) -> Proposal {
    let name = folder.canonicalize().ok();
    let name = name
        .as_deref()
        .and_then(Path::file_name)
        .unwrap_or_default()
        .to_string_lossy();
    let base = |kind, english: &str, french: &str| Proposal {
        name: AppName::near(&name),
        kind,
        because: Words::new(english, french),
        start: None,
        build: None,
        webroot: None,
        dockerfile: None,
    };
    let has = |path: &str| folder.join(path).exists();
    if has("artisan") && has("composer.json") {
        return Proposal {
            build: Some("composer install --no-dev --optimize-autoloader".to_owned()),
            ..base(
                Kind::Laravel,
                "it has `artisan` and `composer.json`",
                "il contient « artisan » et « composer.json »",
            )
        };
    }
    if let Some(found) = ["Dockerfile", "towerify/Dockerfile", "Containerfile"]
        .into_iter()
        .find(|path| has(path))
    {
        return Proposal {
            dockerfile: (found != "Dockerfile").then(|| found.to_owned()),
            ..base(
                Kind::Dockerfile,
                &format!("it has `{found}`"),
                &format!("il contient « {found} »"),
            )
        };
    }
    if let Some(package) = read(folder, "package.json")
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
    {
        return node(folder, &package, &base);
    }
    if let Some(found) = [
        "requirements.txt",
        "pyproject.toml",
        "manage.py",
        "app.py",
        "wsgi.py",
    ]
    .into_iter()
    .find(|path| has(path))
    {
        return Proposal {
            start: Some(python_start(folder)),
            build: has("requirements.txt").then(|| {
                "python3 -m pip download --dest wheels --requirement requirements.txt".to_owned()
            }),
            ..base(
                Kind::Python,
                &format!("it has `{found}`"),
                &format!("il contient « {found} »"),
            )
        };
    }
    for webroot in ["", "public", "web", "htdocs", "www"] {
        let index = if webroot.is_empty() {
            "index.php".to_owned()
        } else {
            format!("{webroot}/index.php")
        };
        if has(&index) {
            return Proposal {
                webroot: (!webroot.is_empty()).then(|| webroot.to_owned()),
                ..base(
                    Kind::Php,
                    &format!("it has `{index}`"),
                    &format!("il contient « {index} »"),
                )
            };
        }
    }
    for webroot in ["", "dist", "build", "public", "_site", "out"] {
        let index = if webroot.is_empty() {
            "index.html".to_owned()
        } else {
            format!("{webroot}/index.html")
        };
        if has(&index) {
            return Proposal {
                webroot: (!webroot.is_empty()).then(|| webroot.to_owned()),
                ..base(
                    Kind::Static,
                    &format!("it has `{index}`"),
                    &format!("il contient « {index} »"),
                )
            };
        }
    }
    base(
        Kind::Static,
        "nothing in it says otherwise",
        "rien n'y dit le contraire",
    )
}

/// The same for a type that somebody named: what the folder says of it, else what is usual.
pub fn propose_as(folder: &Path, kind: Kind) -> Proposal {
    let seen = propose(folder);
    let because = Words::new("you said so", "vous l'avez dit");
    if seen.kind == kind {
        return Proposal { because, ..seen };
    }
    Proposal {
        name: seen.name,
        kind,
        because,
        start: match kind {
            Kind::Node => Some("node server.js".to_owned()),
            Kind::Python => Some(python_start(folder)),
            _ => None,
        },
        build: None,
        webroot: None,
        dockerfile: None,
    }
}

/// At most 1 MiB: what is larger is no description of an app.
fn read(folder: &Path, path: &str) -> Option<String> {
    let full = folder.join(path);
    (fs::metadata(&full).ok()?.len() <= 1 << 20).then(|| fs::read_to_string(full).ok())?
}

/// A `package.json` may serve, or only build files for a browser.
fn node(
    folder: &Path,
    package: &serde_json::Value,
    base: &dyn Fn(Kind, &str, &str) -> Proposal,
) -> Proposal {
    let script = |name: &str| {
        package
            .pointer(&format!("/scripts/{name}"))
            .and_then(serde_json::Value::as_str)
    };
    let builds = script("build").map(|_| "npm ci && npm run build".to_owned());
    let main = package.get("main").and_then(serde_json::Value::as_str);
    let served = ["server.js", "index.js", "app.js"]
        .into_iter()
        .find(|path| folder.join(path).is_file());
    let start = match (script("start"), main, served) {
        (Some(_), _, _) => Some("npm start".to_owned()),
        (None, Some(main), _) if folder.join(main).is_file() => Some(format!("node {main}")),
        (None, _, Some(served)) => Some(format!("node {served}")),
        _ => None,
    };
    match (start, builds) {
        (None, Some(build)) => Proposal {
            build: Some(build),
            webroot: Some("dist".to_owned()),
            ..base(
                Kind::Static,
                "its `package.json` builds files and starts nothing",
                "son « package.json » fabrique des fichiers et ne démarre rien",
            )
        },
        (start, build) => Proposal {
            start: start.or_else(|| Some("node server.js".to_owned())),
            build: build.or_else(|| {
                package
                    .get("dependencies")
                    .map(|_| "npm ci --omit=dev".to_owned())
            }),
            ..base(
                Kind::Node,
                "it has `package.json`",
                "il contient « package.json »",
            )
        },
    }
}

fn python_start(folder: &Path) -> String {
    let requires = read(folder, "requirements.txt")
        .unwrap_or_default()
        .to_lowercase();
    let has = |path: &str| folder.join(path).is_file();
    let module = ["wsgi", "app", "main"]
        .into_iter()
        .find(|module| has(&format!("{module}.py")))
        .unwrap_or("app");
    if requires.contains("uvicorn") || requires.contains("fastapi") {
        format!("python3 -m uvicorn {module}:app --host 127.0.0.1 --port $PORT")
    } else if requires.contains("gunicorn")
        || requires.contains("flask")
        || requires.contains("django")
    {
        format!("python3 -m gunicorn --bind 127.0.0.1:$PORT {module}:app")
    } else {
        format!("python3 {module}.py")
    }
}
