//! A server of the page's files on this machine.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::{fs, io, thread};

/// A server of `web/target/page`, and the paths that it was asked for.
pub struct Server {
    pub address: String,
    requested: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start() -> Self {
        let server = tiny_http::Server::http("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", server.server_addr());
        let requested = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requested);
        thread::spawn(move || {
            for request in server.incoming_requests() {
                log.lock().expect("the log").push(request.url().to_owned());
                let answer = file(request_path(&request));
                let _ = request.respond(answer);
            }
        });
        Server { address, requested }
    }

    pub fn requested(&self) -> Vec<String> {
        self.requested.lock().expect("the log").clone()
    }
}

fn request_path(request: &tiny_http::Request) -> &str {
    match request.url() {
        "/" => "/index.html",
        path => path,
    }
}

/// The answer with a file of the page.
fn file(path: &str) -> tiny_http::Response<io::Cursor<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page");
    let Ok(content) = fs::read(folder.join(path.trim_start_matches('/'))) else {
        return tiny_http::Response::from_string("not found").with_status_code(404);
    };
    let content_type = match path.rsplit_once('.') {
        Some((_, "html")) => "text/html",
        Some((_, "css")) => "text/css",
        Some((_, "js")) => "text/javascript",
        Some((_, "wasm")) => "application/wasm",
        _ => "application/octet-stream",
    };
    let header = format!("Content-Type: {content_type}");
    tiny_http::Response::from_data(content)
        .with_header(header.parse::<tiny_http::Header>().expect("a valid header"))
}
