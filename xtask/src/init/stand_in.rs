//! What stands in for a value that only a person has, so that a server starts and lists its tools.

/// A value for the variable that a server will find at least well-formed, and that leads nowhere.
pub fn of(name: &str) -> &'static str {
    let name = name.to_ascii_uppercase();
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    let speaks = |word: &str| name.contains(word) && ends(&["URL", "URI", "STRING", "DSN"]);
    if speaks("MONGO") {
        "mongodb://127.0.0.1:9/stand-in"
    } else if speaks("REDIS") {
        "redis://127.0.0.1:9"
    } else if speaks("MYSQL") {
        "mysql://stand-in:stand-in@127.0.0.1:9/stand-in"
    } else if ends(&["DATABASE_URL", "POSTGRES_URL", "CONNECTION_STRING", "DSN"]) {
        "postgresql://stand-in:stand-in@127.0.0.1:9/stand-in"
    } else if ends(&["URL", "URI", "ENDPOINT", "BASE"]) {
        "http://127.0.0.1:9"
    } else if ends(&["HOST", "HOSTNAME", "SERVER", "DOMAIN"]) {
        "127.0.0.1"
    } else if ends(&["PORT"]) {
        "9"
    } else if ends(&["DIR", "DIRECTORY", "FOLDER", "PATH", "ROOT"]) {
        "/tmp"
    } else if ends(&["EMAIL"]) {
        "stand-in@localhost"
    } else {
        "stand-in"
    }
}
