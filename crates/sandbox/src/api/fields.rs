//! The fields of a request: from its query, and from a body that is a form, multipart or JSON.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Multipart, Request},
    http::header,
};
use serde_json::Value;

use crate::call;

/// The largest body that is read.
const MOST: usize = 4 << 20;

/// What a body said.
pub(super) enum Body {
    /// A form, of either kind; or nothing.
    Form(Vec<(String, String)>),
    /// JSON: the URL's arguments count no more.
    Json(Vec<(String, String)>),
}

/// `a=1&b=2`, decoded.
pub(super) fn decoded(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (call::decoded(name), call::decoded(value))
        })
        .collect()
}

/// Reads a body by its content type.
pub(super) async fn of_body(request: Request) -> Result<Body, String> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    if kind.starts_with("multipart/form-data") {
        let mut fields = Vec::new();
        let mut parts = Multipart::from_request(request, &())
            .await
            .map_err(|error| error.to_string())?;
        while let Some(part) = parts
            .next_field()
            .await
            .map_err(|error| error.to_string())?
        {
            let name = part.name().unwrap_or_default().to_owned();
            fields.push((name, part.text().await.map_err(|error| error.to_string())?));
        }
        return Ok(Body::Form(fields));
    }
    let bytes = to_bytes(request.into_body(), MOST)
        .await
        .map_err(|error| error.to_string())?;
    if kind.starts_with("application/json") {
        let Ok(Value::Object(said)) = serde_json::from_slice(&bytes) else {
            return Err("Invalid JSON".to_owned());
        };
        let fields = said.into_iter().flat_map(|(name, value)| {
            let values = match value {
                Value::Array(values) => values,
                one => vec![one],
            };
            values.into_iter().map(move |value| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (name.clone(), text)
            })
        });
        return Ok(Body::Json(fields.collect()));
    }
    // Field notes: text that is not ASCII breaks here on a real server; what is sent encoded comes through.
    Ok(Body::Form(decoded(&String::from_utf8_lossy(&bytes))))
}
