//! The scripted model, which needs no key and no network: an endpoint on loopback that plays a stage's
//! calls to an agent, in whichever format that speaks, and remembers which tools it was offered.

pub mod http;
mod offer;
mod script;
mod tool;
mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

pub use offer::{Listed, Offer};
pub use script::{Detour, Requests, Script};
pub use tool::Tool;
pub use wire::MODEL;
use wire::{Answer, Word};

/// How many requests are answered at once; an agent makes one or two.
const AT_ONCE: usize = 16;

/// An endpoint that answers until it is dropped.
pub struct ScriptedModel {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    /// The path under which it answers. Another program on this machine does not know it.
    secret: String,
    script: Script,
    requests: Mutex<Requests>,
    open: AtomicUsize,
    over: AtomicBool,
}

impl ScriptedModel {
    /// Begins to answer on a free port of the loopback address.
    ///
    /// # Errors
    /// There is no free port, or no thread to be had.
    pub fn start(script: Script) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            secret: format!("{:032x}", fastrand::u128(..)),
            script,
            requests: Mutex::default(),
            open: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("model".into())
            .spawn(move || accept(&listener, &accepting));
        Ok(Self { address, shared, thread: Some(thread?) })
    }

    /// What an agent takes as the address of the service; most put `/v1` after it.
    pub fn address(&self) -> String {
        format!("http://{}/{}", self.address, self.shared.secret)
    }

    /// What was asked of it so far.
    pub fn requests(&self) -> Requests {
        self.shared.requests.lock().map(|requests| requests.clone()).unwrap_or_default()
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // The thread waits for a connection, and one that comes from here wakes it.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1)).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    const PAUSE: Duration = Duration::from_millis(20);
    loop {
        let accepted = listener.accept();
        if shared.over.load(Ordering::SeqCst) {
            return;
        }
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: the next one may find one.
            thread::sleep(PAUSE);
            continue;
        };
        if shared.open.fetch_add(1, Ordering::SeqCst) >= AT_ONCE {
            shared.open.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let answering = Arc::clone(shared);
        let spawned = thread::Builder::new().spawn(move || {
            // An agent that goes away in between has nothing to be told.
            let _ = answer(stream, &answering);
            answering.open.fetch_sub(1, Ordering::SeqCst);
        });
        if spawned.is_err() {
            shared.open.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let request = http::read(&mut stream)?;
    let path = request.path.split('?').next().unwrap_or_default().to_owned();
    if !path.starts_with(&format!("/{}/", shared.secret)) {
        return http::refuse(&mut stream, "404 Not Found", "this address is not known here");
    }
    let Some(wire) = wire::of_path(&path).filter(|_| request.method == "POST") else {
        return match wire::beside(&path) {
            Some(known) => http::send(&mut stream, "application/json", &known.to_string()),
            None => http::refuse(&mut stream, "404 Not Found", "there is no such format here"),
        };
    };
    let parsed = serde_json::from_slice::<Value>(&request.body).ok();
    let plain = request.encoding.as_deref().is_none_or(|encoding| encoding == "identity");
    let Some(body) = parsed.filter(|_| plain) else {
        shared.note("the agent sent a request that is not plain JSON");
        return http::refuse(&mut stream, "415 Unsupported Media Type", "only plain JSON is read");
    };
    let word = match shared.requests.lock() {
        Ok(mut requests) => script::next_word(&shared.script, &mut requests, wire, &body),
        Err(_) => return http::refuse(&mut stream, "500 Internal Server Error", "poisoned"),
    };
    if matches!(word, Word::Text(_)) {
        thread::sleep(shared.script.pause);
    }
    let model = body["model"].as_str().unwrap_or(MODEL);
    let answer = Answer { word: &word, model, bytes: request.body.len() };
    if (wire.streams)(&path, &body) {
        return http::send(&mut stream, "text/event-stream", &(wire.events)(&answer));
    }
    http::send(&mut stream, "application/json", &(wire.whole)(&answer).to_string())
}

impl Shared {
    fn note(&self, problem: &str) {
        if let Ok(mut requests) = self.requests.lock() {
            requests.problem.get_or_insert_with(|| problem.to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
