//! The scripted model, which needs no key and no network: an endpoint on loopback that plays a stage's
//! calls to an agent which speaks the Responses API, and remembers which tools it was offered.

pub mod http;
mod offer;
mod reply;
mod script;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

pub use script::{Requests, Script};

/// How many requests are answered at once; an agent makes one.
const AT_ONCE: usize = 8;

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
            secret: format!("{:016x}", fastrand::u64(..)),
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

    /// What an agent takes as the base of the API.
    pub fn base_url(&self) -> String {
        format!("http://{}/{}/v1", self.address, self.shared.secret)
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
    let wanted = format!("/{}/v1/responses", shared.secret);
    if request.method != "POST" || request.path.split('?').next() != Some(&wanted) {
        return http::refuse(&mut stream, "404 Not Found", "only POST …/v1/responses is served");
    }
    let parsed = serde_json::from_slice::<Value>(&request.body);
    let encoded = request.encoding.is_some_and(|encoding| encoding != "identity");
    let Ok(body) = parsed.map_err(|_| ()).and_then(|body| if encoded { Err(()) } else { Ok(body) })
    else {
        shared.note("the agent sent a request that is not plain JSON");
        return http::refuse(&mut stream, "415 Unsupported Media Type", "only plain JSON is read");
    };
    let item = match shared.requests.lock() {
        Ok(mut requests) => script::next_item(&shared.script, &mut requests, &body),
        Err(_) => return http::refuse(&mut stream, "500 Internal Server Error", "poisoned"),
    };
    http::send_events(&mut stream, &reply::events(&item, request.body.len()))
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
