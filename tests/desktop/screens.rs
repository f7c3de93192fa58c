//! Pictures of a screen in both themes and both languages: `target/screens/<theme>-<language>-<screen>.png`.

use serde_json::json;

use crate::{program::pictures, window::Window};

/// Every look, the usual one last: what follows goes on in English and light.
const LOOKS: [(&str, &str); 4] = [
    ("dark", "fr"),
    ("light", "fr"),
    ("dark", "en"),
    ("light", "en"),
];

/// Makes the program look and speak so, and waits until it does.
pub async fn look(window: &Window, theme: &str, language: &str) {
    let preferences =
        json!({ "language": language, "theme": theme, "density": "normal", "single_keys": true });
    window
        .call("preferences_set", json!({ "preferences": preferences }))
        .await;
    window
        .until(
            "the new look",
            &format!(
                "document.documentElement.dataset.mantineColorScheme === '{theme}' && document.documentElement.lang === '{language}'"
            ),
        )
        .await;
}

/// Takes the pictures of what is shown now.
pub async fn photograph(window: &Window, screen: &str) {
    for (theme, language) in LOOKS {
        look(window, theme, language).await;
        settle(window).await;
        // The first one may still show what was painted before; asking for it makes the window paint.
        window.picture().await;
        window.next_frame().await;
        let picture = window.picture().await;
        assert!(picture.len() > 5_000, "the picture of {screen} is blank");
        std::fs::write(
            pictures().join(format!("{theme}-{language}-{screen}.png")),
            picture,
        )
        .unwrap();
    }
}

/// Waits until fonts are there, nothing moves, nothing is being fetched, and what was said in passing is gone.
async fn settle(window: &Window) {
    window
        .until(
            "a screen at rest",
            "document.fonts.status === 'loaded' && !document.querySelector('.skeleton-row, [data-loading=true], .mantine-Notification-root') \
             && document.getAnimations().every(a => a.playState !== 'running' || a.effect.getComputedTiming().endTime === Infinity)",
        )
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
}
