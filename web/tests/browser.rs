//! `make web-test`: the page in a real browser.
//!
//! The test serves `web/target/page` on this machine, starts chromedriver, and does what a person does:
//! paste, read the denial, take the suggested rule, and pass. Every test has a browser window of
//! its own. The browser is Chromium, or Chrome if the variable CHROME names its program.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

/// How long the page may take to show something, before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A DaemonSet that asks for HostProcess.
const DAEMON_SET: &str = include_str!("../../artefacts/examples/windows-exporter/daemonset.yaml");

/// A server of the page's files, and the paths that it was asked for.
struct Server {
    address: String,
    requested: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
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

    fn requested(&self) -> Vec<String> {
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
fn file(path: &str) -> tiny_http::Response<std::io::Cursor<Vec<u8>>> {
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

/// A browser with the page open.
struct Browser {
    driver: Child,
    client: Client,
    server: Server,
}

impl Browser {
    async fn open() -> Self {
        let server = Server::start();
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            // The browser inherits these. If a test fails, it must not hold the test's output open.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: see `make web-test`");
        let client = connect(port).await;
        client.goto(&server.address).await.expect("the page opens");
        let browser = Browser {
            driver,
            client,
            server,
        };
        browser
            .wait_until("document.documentElement.dataset.ready === 'true'")
            .await;
        browser
    }

    async fn close(mut self) {
        self.client.close().await.expect("the window closes");
        self.driver.kill().expect("chromedriver ends");
        self.driver.wait().expect("chromedriver ends");
    }

    /// Puts `text` into a field, as pasting does.
    async fn paste(&self, field: &str, text: &str) {
        let script = "const field = document.getElementById(arguments[0]); field.focus(); \
                      field.value = arguments[1]; \
                      field.dispatchEvent(new InputEvent('input', {bubbles: true}));";
        let arguments = vec![json!(field), json!(text)];
        self.client
            .execute(script, arguments)
            .await
            .expect("the text is pasted");
    }

    async fn evaluate(&self, expression: &str) -> Value {
        let script = format!("return {expression};");
        self.client
            .execute(&script, Vec::new())
            .await
            .expect(expression)
    }

    async fn wait_until(&self, condition: &str) {
        let start = Instant::now();
        while self.evaluate(condition).await != true {
            assert!(start.elapsed() < PATIENCE, "waited in vain for {condition}");
            tokio::task::yield_now().await;
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the summary to be `expected`.
    async fn wait_for_summary(&self, expected: &str) {
        let text = serde_json::to_string(expected).expect("a string");
        self.wait_until(&format!(
            "document.getElementById('summary').textContent === {text}"
        ))
        .await;
    }

    async fn text_of(&self, id: &str) -> String {
        self.property_of(id, "textContent").await
    }

    async fn value_of(&self, id: &str) -> String {
        self.property_of(id, "value").await
    }

    /// The text in a property of the element `id`.
    async fn property_of(&self, id: &str, property: &str) -> String {
        let script = format!("document.getElementById('{id}').{property}");
        let value = self.evaluate(&script).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    async fn button(&self, text: &str) -> Element {
        let path = format!("//button[text()='{text}']");
        self.client.find(Locator::XPath(&path)).await.expect(text)
    }
}

/// Returns a session of a browser that resolves no host but this machine.
async fn connect(port: u16) -> Client {
    let mut options = json!({"args": [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--window-size=1280,1000",
    ]});
    if let Ok(program) = env::var("CHROME") {
        options["binary"] = program.into();
    }
    let capabilities = Map::from_iter([("goog:chromeOptions".to_owned(), options)]);
    let address = format!("http://127.0.0.1:{port}");
    let start = Instant::now();
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        match builder
            .capabilities(capabilities.clone())
            .connect(&address)
            .await
        {
            Ok(client) => return client,
            Err(error) if start.elapsed() > PATIENCE => panic!("chromedriver: {error}"),
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[tokio::test]
async fn a_newcomer_gets_from_the_example_to_valid_settings() {
    let browser = Browser::open().await;
    browser.paste("manifests", DAEMON_SET).await;
    browser.wait_for_summary("1 object: 1 denied.").await;
    let verdicts = browser.text_of("verdicts").await;
    assert!(
        verdicts.contains("DaemonSet monitoring/windows-exporter"),
        "{verdicts}"
    );
    assert!(verdicts.contains("namespace \"monitoring\""), "{verdicts}");

    browser
        .button("Add this rule to the settings")
        .await
        .click()
        .await
        .expect("a click");
    browser.wait_for_summary("1 object: 1 pass.").await;
    let settings = browser.value_of("settings").await;
    assert!(settings.starts_with("allow:\n"), "{settings}");
    assert_eq!(browser.text_of("problems").await, "");
    browser.close().await;
}

#[tokio::test]
async fn problems_stand_beside_the_settings() {
    let browser = Browser::open().await;
    browser.paste("manifests", DAEMON_SET).await;
    browser
        .paste("settings", "allow:\n  - name: a\n    image: [x]\n")
        .await;
    browser
        .wait_until("document.getElementById('problems').children.length > 0")
        .await;
    let problems = browser.text_of("problems").await;
    assert!(problems.contains("allow[0].image"), "{problems}");
    browser.close().await;
}

#[tokio::test]
async fn the_page_asks_the_network_for_nothing_after_it_has_loaded() {
    let browser = Browser::open().await;
    let loaded = browser.server.requested();
    browser.paste("manifests", DAEMON_SET).await;
    browser.wait_for_summary("1 object: 1 denied.").await;
    browser
        .button("Add this rule to the settings")
        .await
        .click()
        .await
        .expect("a click");
    browser.wait_for_summary("1 object: 1 pass.").await;

    assert_eq!(browser.server.requested(), loaded);
    let elsewhere = "performance.getEntriesByType('resource')\
                     .filter((entry) => !entry.name.startsWith(location.origin)).length";
    assert_eq!(browser.evaluate(elsewhere).await, 0);
    browser.close().await;
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    let browser = Browser::open().await;
    let hostile = DAEMON_SET.replace(
        "name: firewall",
        "name: '<script>alert(1)</script>\u{202e}'",
    );
    browser.paste("manifests", &hostile).await;
    browser.wait_for_summary("1 object: 1 denied.").await;
    let verdicts = browser.text_of("verdicts").await;
    assert!(verdicts.contains("<script>"), "{verdicts}");
    assert!(!verdicts.contains('\u{202e}'), "{verdicts}");
    assert_eq!(
        browser
            .evaluate("document.querySelectorAll('main script').length")
            .await,
        0
    );
    browser.close().await;
}

#[tokio::test]
async fn a_megabyte_of_manifests_is_judged_while_one_types() {
    let browser = Browser::open().await;
    let manifests = format!("---\n{DAEMON_SET}").repeat(1_000_000 / DAEMON_SET.len());
    let script = "(() => { const start = performance.now(); \
                  document.getElementById('manifests').value = window.manifests; \
                  document.getElementById('manifests').dispatchEvent(new InputEvent('input')); \
                  return start; })()";
    let arguments = vec![json!(manifests)];
    browser
        .client
        .execute("window.manifests = arguments[0];", arguments)
        .await
        .expect("the text is kept");
    browser.evaluate(script).await;
    browser
        .wait_until("document.getElementById('summary').textContent.includes('denied')")
        .await;
    browser.close().await;
}
