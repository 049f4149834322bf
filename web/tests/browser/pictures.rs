//! Pictures of the page. They stay in `web/target/tmp`, for a person to look at. One of them stands in
//! the README.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path;
use std::{env, fs};

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter};

use crate::browser::Browser;
use crate::{ADD_RULE, DAEMON_SET, DENIED};

/// The README's picture.
const PUBLISHED: &str = "docs/images/page.png";
/// How wide and high it is, in pixels.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 1080;
/// How wide a telephone is.
const NARROW: u32 = 400;
/// How large the README's picture may be, in bytes.
const LARGEST: usize = 150_000;
/// How many colours a PNG with a palette may have.
const MOST_COLORS: usize = 256;

type Color = [u8; 3];

#[tokio::test]
async fn the_page_fits_into_wide_and_narrow_windows() {
    let browser = Browser::open().await;
    browser.paste("manifests", DAEMON_SET).await;
    browser.wait_for_text("summary", DENIED).await;
    for width in [WIDTH, NARROW] {
        browser.resize(width, HEIGHT).await;
        let overflow = "document.documentElement.scrollWidth \
                        - document.documentElement.clientWidth";
        assert_eq!(browser.evaluate(overflow).await, 0, "at {width} pixels");

        let height = browser
            .evaluate("document.documentElement.scrollHeight")
            .await;
        let height = height.as_u64().unwrap_or_default();
        browser.resize(width, height as u32).await;
        for scheme in ["light", "dark"] {
            browser.prefer_colors(scheme).await;
            let name = format!("page-{width}-{scheme}.png");
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            fs::write(path, browser.picture().await).expect("the picture can be written");
        }
    }
}

/// The picture is not compared: another browser or another font draws other pixels.
#[tokio::test]
async fn the_readme_has_a_picture_of_the_page() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(PUBLISHED);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, draw_page().await).expect("the picture can be written");
    }

    let picture = fs::read(&path).unwrap_or_default();
    let width = Decoder::new(Cursor::new(&picture))
        .read_info()
        .map(|reader| reader.info().width)
        .ok();
    let advice = "UPDATE=1 writes it anew";
    assert_eq!(width, Some(WIDTH), "{PUBLISHED}: {advice}");
    assert!(picture.len() <= LARGEST, "{} bytes", picture.len());
}

/// Returns a picture of the README's example, which is denied, with its suggested rule.
async fn draw_page() -> Vec<u8> {
    let browser = Browser::open().await;
    browser.resize(WIDTH, HEIGHT).await;
    browser.prefer_colors("light").await;
    browser.paste("manifests", DAEMON_SET).await;
    browser.wait_for_text("summary", DENIED).await;
    browser.evaluate("document.activeElement.blur()").await;
    let bottom = browser
        .evaluate("document.querySelector('.add').getBoundingClientRect().bottom")
        .await;
    assert!(
        bottom.as_f64() < Some(HEIGHT.into()),
        "{ADD_RULE}: {bottom}"
    );

    let picture = browser.picture().await;
    with_palette(&picture)
}

/// Returns a picture with its most frequent colours alone, which makes it several times smaller. The
/// rare ones, which are in the edges of letters, become the nearest of the frequent ones.
fn with_palette(picture: &[u8]) -> Vec<u8> {
    let mut reader = Decoder::new(Cursor::new(picture))
        .read_info()
        .expect("the browser draws PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a picture of this size")];
    let info = reader.next_frame(&mut bytes).expect("the whole picture");
    assert_eq!(info.color_type, ColorType::Rgb);
    let (pixels, _) = bytes.as_chunks::<3>();

    let mut counts: HashMap<Color, usize> = HashMap::new();
    for pixel in pixels {
        *counts.entry(*pixel).or_default() += 1;
    }
    let mut palette: Vec<Color> = counts.keys().copied().collect();
    palette.sort_by_key(|color| (Reverse(counts[color]), *color));
    palette.truncate(MOST_COLORS);
    let indexes: HashMap<Color, u8> = counts
        .keys()
        .map(|color| (*color, nearest(&palette, *color)))
        .collect();
    let indexed: Vec<u8> = pixels.iter().map(|pixel| indexes[pixel]).collect();

    let mut written = Vec::new();
    let mut encoder = Encoder::new(&mut written, info.width, info.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&indexed))
        .expect("the picture can be written");
    written
}

/// Returns the index of the colour in `palette` that is nearest to `color`.
fn nearest(palette: &[Color], color: Color) -> u8 {
    let distance = |other: &Color| {
        let channels = other.iter().zip(color);
        channels
            .map(|(of_other, of_color)| u32::from(of_other.abs_diff(of_color)).pow(2))
            .sum::<u32>()
    };
    let nearest = (0..palette.len()).min_by_key(|index| distance(&palette[*index]));
    nearest.unwrap_or_default() as u8
}
