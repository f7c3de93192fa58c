//! The apps that are on a server, from its last snapshot.

use towerify_domain::{
    Permit,
    id::ServerId,
    policy::{Named, may},
    text,
};
use towerify_yunohost::{
    apps::{App, ListApps},
    permissions::ListPermissions,
};

use crate::{
    Actor, AppError, Result, Workspace,
    apps::{
        deployed::shipped,
        view::{AppRow, Apps},
    },
    servers::{can_upgrade, server_of, snapshot, understood},
};

/// The apps of a server, by name.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn list(workspace: &Workspace, actor: &Actor, server: ServerId) -> Result<Apps> {
    let permit = Permit::<may::SeeApps>::ask(actor)?;
    server_of(workspace, &permit, server).await?;
    let taken_at = understood::<ListApps, _>(workspace, &permit, server, snapshot::APPS)
        .await?
        .map(|(at, _)| at);
    Ok(Apps {
        taken_at,
        apps: of_server(workspace, &permit, server).await?,
    })
}

/// The address of an app, to open in the browser: `https`, and on one of the server's own domains.
///
/// # Errors
/// [`crate::Code::NotFound`] when the app is not there, or has no address.
pub async fn address(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
    app: &str,
) -> Result<String> {
    let permit = Permit::<may::OpenApp>::ask(actor)?;
    server_of(workspace, &permit, server).await?;
    let apps = of_server(workspace, &permit, server).await?;
    apps.into_iter()
        .find(|known| known.id == app)
        .and_then(|known| known.url)
        .ok_or_else(|| AppError::not_found("address"))
}

pub(crate) async fn of_server<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    server: ServerId,
) -> Result<Vec<AppRow>> {
    let Some((_, known)) =
        understood::<ListApps, _>(workspace, permit, server, snapshot::APPS).await?
    else {
        return Ok(Vec::new());
    };
    let people =
        understood::<ListPermissions, _>(workspace, permit, server, snapshot::PERMISSIONS).await?;
    let users = |app: &str| {
        let main = format!("{app}.main");
        let found = people
            .as_ref()
            .and_then(|(_, known)| known.permissions.get(&main));
        found.map_or(0, |permission| {
            u32::try_from(permission.corresponding_users.len()).unwrap_or(u32::MAX)
        })
    };
    let mut rows: Vec<AppRow> = known
        .apps
        .iter()
        .map(|app| row(app, users(&app.id)))
        .collect();
    rows.sort_by_key(|row| row.label.to_lowercase());
    Ok(rows)
}

fn row(app: &App, people: u32) -> AppRow {
    let line = |text: &str| text::line(text, 300);
    let place = app
        .settings
        .as_ref()
        .and_then(|settings| Some((settings.domain.as_deref()?, settings.path.as_deref())));
    let address = match place {
        Some((domain, path)) => Some(format!("{domain}{}", path.unwrap_or("/"))),
        None => app.domain_path.clone(),
    };
    let in_catalogue = app.from_catalog.as_ref().is_none_or(|known| match known {
        serde_json::Value::Null => false,
        serde_json::Value::Object(entry) => !entry.is_empty(),
        _ => true,
    });
    AppRow {
        id: line(&app.id),
        label: line(app.label.as_deref().unwrap_or(&app.name)),
        description: line(app.description.as_deref().unwrap_or_default()),
        version: line(app.version.as_deref().unwrap_or_default()),
        url: address.as_deref().and_then(url),
        address: address.as_deref().map(line),
        new_version: if can_upgrade(app) {
            app.next_version().map(line)
        } else {
            None
        },
        in_catalogue,
        people,
        shipped: app.settings.as_ref().and_then(shipped),
    }
}

/// `https://domain/path` when both are what YunoHost allows; what a server says is not trusted to be an address.
fn url(address: &str) -> Option<String> {
    use towerify_yunohost::fields::{DomainName, UrlPath};
    let (domain, path) = match address.find('/') {
        Some(at) => address.split_at(at),
        None => (address, "/"),
    };
    let domain = DomainName::parse(domain).ok()?;
    let path = UrlPath::parse(path).ok()?;
    Some(format!("https://{}{}", domain.as_str(), path.as_str()))
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn an_address_to_open_is_https_on_a_domain_and_nothing_else() {
        let check = |address: &str, expected: Option<&str>| {
            assert_eq!(url(address).as_deref(), expected, "{address}")
        };
        check(
            "nuage.glycines.example/wiki",
            Some("https://nuage.glycines.example/wiki"),
        );
        check(
            "nuage.glycines.example",
            Some("https://nuage.glycines.example/"),
        );
        check(
            "nuage.glycines.example/",
            Some("https://nuage.glycines.example/"),
        );
        check("user@evil.example/", None);
        check("nuage.glycines.example:80/", None);
        check("javascript:alert(1)", None);
        check("file:///etc/passwd", None);
        check("nuage.glycines.example/a b", None);
    }
}
