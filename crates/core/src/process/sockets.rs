//! Sockets that listen on TCP ports, as the tables of /proc/net show them; none where there is no /proc.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket that listens. Several processes can hold it, and several sockets can share an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its inode, by which the processes that hold it are found.
    pub inode: u64,
}

/// How well a socket's address fits the one that somebody connects to. Of several the best takes the
/// connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It listens on all addresses of IPv6, which may have those of IPv4 among them.
    Perhaps,
    /// It listens on all addresses.
    Any,
    /// It listens on this one.
    Exact,
}

impl Socket {
    /// How well it fits a connection to `asked`; none where it does not take it.
    pub fn fits(&self, asked: SocketAddr) -> Option<Fit> {
        let (own, ip) = (self.address.ip(), asked.ip().to_canonical());
        if self.address.port() != asked.port() {
            return None;
        }
        match own {
            own if own == ip => Some(Fit::Exact),
            IpAddr::V4(own) if own.is_unspecified() && ip.is_ipv4() => Some(Fit::Any),
            IpAddr::V6(own) if own.is_unspecified() && ip.is_ipv6() => Some(Fit::Any),
            IpAddr::V6(own) if own.is_unspecified() => Some(Fit::Perhaps),
            _ => None,
        }
    }
}

/// A file descriptor of a process that leads to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    path: String,
    inode: u64,
}

impl Descriptor {
    /// The one by which `pid` holds the socket with this inode, if it does.
    pub fn of(pid: i32, inode: u64) -> Option<Self> {
        let entries = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten();
        let paths = entries.filter_map(|entry| entry.path().into_os_string().into_string().ok());
        paths.map(|path| Self { path, inode }).find(Self::is_open)
    }

    /// Whether it still leads there.
    pub fn is_open(&self) -> bool {
        let target = fs::read_link(&self.path).unwrap_or_default();
        target.to_str() == Some(&format!("socket:[{}]", self.inode))
    }
}

/// The tables that are looked into, those of IPv4 first. To read one takes the kernel milliseconds.
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];

/// All that listen in this network namespace.
pub fn listening() -> Vec<Socket> {
    TABLES.iter().flat_map(|table| in_table(table)).collect()
}

/// The sockets that a connection to `asked` may reach, and how well each fits.
pub fn fitting(asked: SocketAddr) -> Vec<(Fit, Socket)> {
    let mut found = Vec::new();
    for table in TABLES {
        let fitting = in_table(table).into_iter();
        found.extend(fitting.filter_map(|socket| Some((socket.fits(asked)?, socket))));
        if found.iter().any(|(fit, _)| *fit == Fit::Exact) {
            break;
        }
    }
    found
}

fn in_table(path: &str) -> Vec<Socket> {
    fs::read_to_string(path).map_or_else(|_| Vec::new(), |table| rows(&table))
}

/// The sockets that listen (state 0A) in a table of /proc/net.
pub(super) fn rows(table: &str) -> Vec<Socket> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if *fields.get(3)? != "0A" {
            return None;
        }
        Some(Socket { address: address(fields.get(1)?)?, inode: fields.get(9)?.parse().ok()? })
    };
    table.lines().skip(1).filter_map(row).collect()
}

/// An address as the kernel writes it: words of the machine's own order, and the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let word = |at: usize| {
        let word = u32::from_str_radix(ip.get(at * 8..at * 8 + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    let ip = match ip.len() {
        8 => IpAddr::from(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            IpAddr::from(Ipv6Addr::from(bytes)).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 77 1
   2: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 78 1
   3: 0000000000000000FFFF00000100007F:1F92 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 79 1
";

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn finds_listening_sockets_in_a_table() {
        let found: Vec<_> = rows(TABLE).into_iter().map(|s| (s.address, s.inode)).collect();
        let expected = [("127.0.0.1:8080", 4242), ("[::1]:8081", 78), ("127.0.0.1:8082", 79)];
        assert_eq!(found, expected.map(|(address, inode)| (at(address), inode)));
        assert_eq!(rows("header\nx: garbage\n  1: 0:ZZZZ 0 0A\n"), []);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_descriptor_is_open_for_as_long_as_its_socket() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let found = fitting(address);
        let [(Fit::Exact, found)] = found.as_slice() else { panic!("{found:?}") };
        let descriptor = Descriptor::of(std::process::id() as i32, found.inode).unwrap();
        assert!(descriptor.is_open());
        assert_eq!(Descriptor::of(1, found.inode), None);
        drop(socket);
        assert!(!descriptor.is_open());
    }

    #[test]
    fn the_nearest_of_several_takes_the_connection() {
        let fits = |own: &str, asked: &str| Socket { address: at(own), inode: 1 }.fits(at(asked));
        assert_eq!(fits("127.0.0.1:1", "127.0.0.1:1"), Some(Fit::Exact));
        assert_eq!(fits("0.0.0.0:1", "127.0.0.1:1"), Some(Fit::Any));
        assert_eq!(fits("[::]:1", "[::1]:1"), Some(Fit::Any));
        assert_eq!(fits("[::]:1", "127.0.0.1:1"), Some(Fit::Perhaps));
        assert_eq!(fits("[::1]:1", "127.0.0.1:1"), None);
        assert_eq!(fits("127.0.0.1:1", "127.0.0.1:2"), None);
        assert!(Fit::Exact > Fit::Any && Fit::Any > Fit::Perhaps);
    }
}
