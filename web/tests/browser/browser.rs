//! A browser in which a test does what a person does.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use url::{ParseError, Url};

use crate::server::Server;

/// How long the page may take to show something, before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A browser with the page open. It ends with this value, also if a test fails.
pub struct Browser {
    pub server: Server,
    client: Client,
    driver: Driver,
    downloads: PathBuf,
}

/// A process of chromedriver, which starts a browser.
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    fn start() -> Self {
        let port = free_port();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            // The browser inherits these. If a test fails, it must not hold the test's output open.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: see `make web-test`");
        Driver { process, port }
    }

    /// Asks chromedriver to end the browser and itself.
    fn shut_down(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new())?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A panic here, while a test fails, would hide why it fails. So nothing of this may panic.
        let _ = self.driver.shut_down();
        let _ = self.driver.process.kill();
        let _ = self.driver.process.wait();
        // There is no such folder if nothing was downloaded.
        let _ = fs::remove_dir_all(&self.downloads);
    }
}

/// What WebDriver has no command for: a command of the browser's developer tools.
#[derive(Debug)]
struct DevToolsCommand {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevToolsCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.name, "params": self.parameters});
        (Method::POST, Some(body.to_string()))
    }
}

impl Browser {
    /// Opens the page in a browser of its own.
    pub async fn open() -> Self {
        let server = Server::start();
        let driver = Driver::start();
        let port = driver.port;
        let downloads = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("downloads-{port}"));
        let client = connect(port, &downloads).await;
        client.goto(&server.address).await.expect("the page opens");
        let browser = Browser {
            server,
            client,
            driver,
            downloads,
        };
        browser
            .wait_until("document.documentElement.dataset.ready === 'true'")
            .await;
        browser
    }

    /// Runs a script, which may use `arguments[0]`, and returns what the script returns.
    pub async fn run(&self, script: &str, argument: Value) -> Value {
        self.client
            .execute(script, vec![argument])
            .await
            .expect(script)
    }

    /// Runs a script that ends by a call of `arguments[0]`, and returns what the call is given.
    pub async fn run_async(&self, script: &str) -> Value {
        let result = self.client.execute_async(script, Vec::new()).await;
        result.expect(script)
    }

    pub async fn evaluate(&self, expression: &str) -> Value {
        self.run(&format!("return {expression};"), Value::Null)
            .await
    }

    pub async fn wait_until(&self, condition: &str) {
        let start = Instant::now();
        while self.evaluate(condition).await != true {
            assert!(start.elapsed() < PATIENCE, "waited in vain for {condition}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the element `id` to have the text `expected`.
    pub async fn wait_for_text(&self, id: &str, expected: &str) {
        let expected = json!(expected);
        self.wait_until(&format!(
            "document.getElementById('{id}').textContent === {expected}"
        ))
        .await;
    }

    pub async fn text_of(&self, id: &str) -> String {
        self.property_of(id, "textContent").await
    }

    pub async fn value_of(&self, id: &str) -> String {
        self.property_of(id, "value").await
    }

    /// The text in a property of the element `id`.
    async fn property_of(&self, id: &str, property: &str) -> String {
        let script = format!("document.getElementById('{id}').{property}");
        let value = self.evaluate(&script).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Puts `text` into the field `id`, as pasting does.
    pub async fn paste(&self, id: &str, text: &str) {
        let script = "const [id, text] = arguments[0]; \
                      const field = document.getElementById(id); field.focus(); \
                      field.value = text; \
                      field.dispatchEvent(new InputEvent('input', {bubbles: true}));";
        self.run(script, json!([id, text])).await;
    }

    /// Clicks the first button with this text.
    pub async fn click(&self, text: &str) {
        let path = format!("//button[text()='{text}']");
        let button = self.client.find(Locator::XPath(&path)).await.expect(text);
        button.click().await.expect("a click");
    }

    /// Presses keys in the element that has the focus.
    pub async fn press(&self, keys: &str) {
        let element = self.client.active_element().await.expect("a focus");
        element.send_keys(keys).await.expect("keys are pressed");
    }

    /// Waits for a file to be downloaded, and returns its text.
    ///
    /// Chromium makes an empty file with this name first, writes the text to another file, and puts that
    /// file in the place of the empty one.
    pub fn downloaded(&self, name: &str) -> String {
        let start = Instant::now();
        loop {
            match fs::read_to_string(self.downloads.join(name)) {
                Ok(text) if !text.is_empty() => return text,
                _ => {}
            }
            assert!(start.elapsed() < PATIENCE, "{name} is not downloaded");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Gives the command `name` of the developer tools.
    pub async fn dev_tools(&self, name: &'static str, parameters: Value) -> Value {
        let command = DevToolsCommand { name, parameters };
        self.client.issue_cmd(command).await.expect(name)
    }

    /// Chooses the colours that the system prefers: `light` or `dark`.
    pub async fn prefer_colors(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.dev_tools("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    /// Makes the page `width` pixels wide and `height` pixels high.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.dev_tools("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// Returns a picture of the window, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("a picture")
    }
}

/// Returns a session of a browser that resolves no host but this machine.
async fn connect(port: u16, downloads: &Path) -> Client {
    let mut options = json!({
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--window-size=1280,1000", "--hide-scrollbars",
        ],
        "prefs": {"download.default_directory": downloads},
    });
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
