//! `cargo xtask icons`: every icon anew from `icons/logo.svg`; the 16-pixel one from `icons/16.svg`, which is drawn on
//! a grid of 16 so that no edge falls between two pixels.
//!
//! The Tauri command line makes the sizes and the .icns; its .ico has a shrunk logo at 16 pixels, replaced here.

use crate::interface;
use crate::program::{Failure, Outcome, Program, root};

/// The eight bytes that every PNG file begins with (RFC 2083, 3.1).
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Makes the icons.
pub fn run() -> Outcome<()> {
    interface::packages()?;
    let tauri = root().join("ui/node_modules/.bin/tauri");
    let tauri = tauri.display().to_string();
    Program::new(&tauri)
        .args(["icon", "icons/logo.svg", "--output", "icons"])
        .run()?;
    let icons = root().join("icons");
    for other in ["android", "ios"] {
        let folder = icons.join(other);
        if folder.is_dir() {
            std::fs::remove_dir_all(folder)?;
        }
    }
    let small = root().join("target/xtask/icons");
    std::fs::create_dir_all(&small)?;
    Program::new(&tauri)
        .args(["icon", "icons/16.svg", "--png", "16", "--output"])
        .args([small.display().to_string()])
        .run()?;
    let png = std::fs::read(small.join("16x16.png"))?;
    std::fs::write(icons.join("16x16.png"), &png)?;
    let ico = icons.join("icon.ico");
    let mended = with_small_picture(&std::fs::read(&ico)?, &png)?;
    Ok(std::fs::write(ico, mended)?)
}

/// The .ico file with its 16-pixel picture replaced by this PNG, every other picture as it was.
///
/// Layout: a header of 6 bytes (reserved, type 1, count), 16 bytes a picture (width, height, colours, reserved,
/// planes, bits, size, offset; little endian), then the pictures.
fn with_small_picture(ico: &[u8], png: &[u8]) -> Outcome<Vec<u8>> {
    let bad = || Failure::new("icons/icon.ico is not laid out as an icon file");
    if !png.starts_with(PNG) {
        return Err(Failure::new("the 16-pixel picture is not a PNG file"));
    }
    let count = usize::from(u16::from_le_bytes(bytes(ico, 4).ok_or_else(bad)?));
    let mut directory = Vec::from(ico.get(..6).ok_or_else(bad)?);
    let mut pictures: Vec<u8> = Vec::new();
    let mut replaced = false;
    for number in 0..count {
        let start = 6 + 16 * number;
        let entry = ico.get(start..start + 16).ok_or_else(bad)?;
        let size = u32::from_le_bytes(bytes(entry, 8).ok_or_else(bad)?) as usize;
        let offset = u32::from_le_bytes(bytes(entry, 12).ok_or_else(bad)?) as usize;
        let mut picture = ico.get(offset..offset + size).ok_or_else(bad)?;
        if entry.first() == Some(&16) {
            picture = png;
            replaced = true;
        }
        let place = 6 + 16 * count + pictures.len();
        directory.extend_from_slice(entry.get(..8).ok_or_else(bad)?);
        for number in [picture.len(), place] {
            directory
                .extend_from_slice(&u32::try_from(number).map_err(Failure::new)?.to_le_bytes());
        }
        pictures.extend_from_slice(picture);
    }
    if !replaced {
        return Err(Failure::new("icons/icon.ico has no 16-pixel picture"));
    }
    directory.extend(pictures);
    Ok(directory)
}

fn bytes<const N: usize>(from: &[u8], at: usize) -> Option<[u8; N]> {
    from.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn icon() -> Vec<u8> {
        std::fs::read(root().join("icons/icon.ico")).unwrap()
    }

    #[test]
    fn the_icon_file_carries_the_small_picture_drawn_for_its_size() {
        let small = std::fs::read(root().join("icons/16x16.png")).unwrap();
        assert!(
            icon().windows(small.len()).any(|part| part == small),
            "run `cargo xtask icons`"
        );
    }

    #[test]
    fn replacing_the_small_picture_leaves_the_others_where_the_directory_says() {
        let ico = icon();
        let png = [PNG, b"a picture of another length"].concat();
        let mended = with_small_picture(&ico, &png).unwrap();
        let count = usize::from(ico[4]);
        for number in 0..count {
            let picture = |of: &[u8]| {
                let entry = &of[6 + 16 * number..22 + 16 * number];
                let size = u32::from_le_bytes(bytes(entry, 8).unwrap()) as usize;
                let offset = u32::from_le_bytes(bytes(entry, 12).unwrap()) as usize;
                (entry[0], of[offset..offset + size].to_vec())
            };
            let (width, before) = picture(&ico);
            let expected = if width == 16 { png.clone() } else { before };
            assert_eq!(picture(&mended), (width, expected));
        }
    }

    #[test]
    fn a_file_cut_short_is_refused() {
        let png = [PNG, b"x"].concat();
        assert!(with_small_picture(&icon()[..40], &png).is_err());
        assert!(with_small_picture(b"", &png).is_err());
    }
}
