//! The door of a gateway, at which it is noticed at once that somebody begins to listen.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use smoke_core::stop::Stop;
use smoke_core::wait;
use smoke_mcp::endpoint::Endpoint;
use ureq::http::Uri;

/// Between two attempts to connect. On this machine one that is refused costs some microseconds,
/// where a question would cost a thread and a line in the log.
const PAUSE: Duration = Duration::from_millis(2);

/// The longest that one of them may take: one whose queue is full does not answer.
const PATIENCE: Duration = Duration::from_millis(50);

/// The door of a gateway on this machine.
pub struct Door(Vec<SocketAddr>);

impl Door {
    /// The one of the gateway, if it listens on this machine.
    pub fn of(endpoint: &Endpoint) -> Option<Self> {
        let Endpoint::Http { url, .. } = endpoint else { return None };
        Some(Self(addresses(url))).filter(|door| !door.0.is_empty())
    }

    /// Where it is; of several, the first that is open is taken.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.0
    }

    /// Waits for at most `patience` until somebody listens there. False if somebody did all the time.
    pub fn until_open(&self, patience: Duration, stop: &Stop) -> bool {
        let end = Instant::now() + patience;
        let mut was_closed = false;
        while Instant::now() < end && !self.is_open() {
            was_closed = true;
            if !wait::sleep(PAUSE, stop) {
                break;
            }
        }
        was_closed
    }

    /// Whether somebody listens there.
    pub fn is_open(&self) -> bool {
        let open = |address: &SocketAddr| TcpStream::connect_timeout(address, PATIENCE).is_ok();
        self.0.iter().any(open)
    }
}

/// Where the URL leads, if all of that is this machine.
fn addresses(url: &str) -> Vec<SocketAddr> {
    let place = url.parse::<Uri>().ok().and_then(|uri| {
        let host = uri.host()?.trim_matches(['[', ']']).to_owned();
        Some((host, uri.port_u16().unwrap_or(80)))
    });
    let found = place.and_then(|place| place.to_socket_addrs().ok());
    let found: Vec<SocketAddr> = found.into_iter().flatten().collect();
    let is_here = found.iter().all(|address| address.ip().is_loopback());
    if is_here { found } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn only_this_machine_is_knocked_at() {
        assert_eq!(addresses("http://127.0.0.1:81/mcp"), [SocketAddr::from(([127, 0, 0, 1], 81))]);
        assert_eq!(addresses("http://[::1]/mcp")[0].port(), 80);
        assert!(addresses("http://192.0.2.1:81/mcp").is_empty() && addresses("odd").is_empty());
    }

    #[test]
    fn returns_once_somebody_listens() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let endpoint = Endpoint::Http { url: format!("http://{free}/mcp"), headers: Vec::new() };
        let start = Instant::now();
        let door = Door::of(&endpoint).unwrap();
        assert!(door.until_open(Duration::from_millis(30), &Stop::default()));
        assert!(start.elapsed() >= Duration::from_millis(30));
        let opened = thread::spawn(move || TcpListener::bind(free).unwrap().accept().is_ok());
        door.until_open(Duration::from_secs(60), &Stop::default());
        assert!(opened.join().unwrap() && start.elapsed() < Duration::from_secs(50));
    }
}
