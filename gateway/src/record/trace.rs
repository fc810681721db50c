//! The trace ID in an X-Ray trace header.

/// The root of `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1` (AWS X-Ray developer
/// guide, "Tracing header"). A client may have sent the header, so what is not of that form to the
/// letter is none: it could be anything, and would stand in a log.
pub(super) fn root(header: &str) -> Option<&str> {
    let mut fields = header.split(';');
    let root = fields.find_map(|field| field.trim().strip_prefix("Root="))?;
    let mut parts = root.split('-');
    let hex = |part: Option<&str>, length: usize| {
        part.is_some_and(|part| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    let is_root = parts.next() == Some("1")
        && hex(parts.next(), 8)
        && hex(parts.next(), 24)
        && parts.next().is_none();
    is_root.then_some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn the_root_is_found_wherever_it_stands() {
        for header in [
            format!("Root={ID}"),
            format!("Root={ID};Parent=53995c3f42cd8ad8;Sampled=1"),
            format!("Self=1-67891234-12456789abcdef012345678;Root={ID}"),
            format!("Sampled=0; Root={ID}"),
        ] {
            assert_eq!(root(&header), Some(ID), "{header}");
        }
    }

    #[test]
    fn what_is_no_trace_id_is_none() {
        for header in [
            "",
            "Root=",
            "Parent=53995c3f42cd8ad8",
            "Root=light@example.com",
            "Root=1-5759e988-bd862e3fe1be46a99427279",
            "Root=1-5759e988-bd862e3fe1be46a994272793-1",
            "Root=2-5759e988-bd862e3fe1be46a994272793",
            "Root=1-5759e98g-bd862e3fe1be46a994272793",
            "root=1-5759e988-bd862e3fe1be46a994272793",
        ] {
            assert_eq!(root(header), None, "{header}");
        }
    }
}
