//! TLS, of which this client speaks none: whether a port does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The beginning of a handshake, whose message is cut short.
const HELLO: [u8; 9] = [0x16, 3, 1, 0, 4, 1, 0, 0, 0];

/// The kinds of records that answer it: an alert, or a handshake.
const ANSWERS: [u8; 2] = [0x15, 0x16];

/// Whether what listens at `address` answers the beginning of a handshake as one.
pub fn is_spoken_at(address: SocketAddr) -> bool {
    const MOMENT: Duration = Duration::from_secs(1);
    let ask = || {
        let mut socket = TcpStream::connect_timeout(&address, MOMENT)?;
        socket.set_read_timeout(Some(MOMENT))?;
        socket.write_all(&HELLO)?;
        let mut record = [0; 2];
        socket.read_exact(&mut record)?;
        std::io::Result::Ok(record)
    };
    ask().is_ok_and(|[kind, version]| ANSWERS.contains(&kind) && version == 3)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn an_alert_is_told_from_other_answers() {
        let alert: &[u8] = &[0x15, 3, 3, 0, 2, 2, 50];
        for (answer, expected) in [(alert, true), (b"HTTP/1.1 400 \r\n\r\n", false), (b"", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            thread::spawn(move || {
                let (mut socket, _) = listener.accept().unwrap();
                let _ = socket.read(&mut [0; 64]);
                let _ = socket.write_all(answer);
            });
            assert_eq!(is_spoken_at(address), expected, "{answer:?}");
        }
    }
}
