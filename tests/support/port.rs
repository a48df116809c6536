//! Ports for tests: each is one test's alone, also beside other test programs.

use std::net::{TcpListener, UdpSocket};
use std::ops::Range;
use std::sync::Mutex;

/// Outside of the range that runs choose from and of the one that systems give away.
const RANGE: Range<u16> = 24_100..32_000;

/// Holding a port's UDP side says that its TCP side is taken. The system lets go of it with this
/// process, however that ends.
static HELD: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());

/// A free TCP port, which no other test gets while this process lives.
///
/// # Panics
/// All are taken.
pub fn port() -> u16 {
    // Another place to begin at for each process saves looking through what others hold.
    let begin = std::process::id() as usize * 101 % RANGE.len();
    let (port, held) = RANGE.cycle().skip(begin).take(RANGE.len()).find_map(take).unwrap();
    HELD.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(held);
    port
}

fn take(port: u16) -> Option<(u16, UdpSocket)> {
    let held = UdpSocket::bind(("127.0.0.1", port)).ok()?;
    TcpListener::bind(("127.0.0.1", port)).ok()?;
    Some((port, held))
}
