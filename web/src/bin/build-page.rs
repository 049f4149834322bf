//! `make web`: puts the page together in `web/target/page`. The module has to be built before, see the
//! Makefile.

use std::path::{Path, PathBuf};
use std::{env, fs};

use wasm_bindgen_cli_support::Bindgen;

/// The page's own files, in `web/page`.
const FILES: [&str; 3] = ["index.html", "style.css", "page.js"];

fn main() {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(module), Some(folder)) = (arguments.next(), arguments.next()) else {
        panic!("usage: build-page MODULE.wasm FOLDER");
    };

    fs::create_dir_all(&folder).expect("the folder can be made");
    Bindgen::new()
        .input_path(&module)
        .web(true)
        .expect("the module is for a browser")
        .typescript(false)
        .out_name("hostprocess_web")
        .generate(&folder)
        .expect("the module is built with the same version of wasm-bindgen");

    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
    for file in FILES {
        fs::copy(page.join(file), folder.join(file)).expect("the file can be copied");
    }
    println!("The page is in {}.", folder.display());
}
