//! The rules: as many as wanted, of three shapes, each asking for one product.

/// Products of which each rule asks for one.
const PRODUCTS: usize = 10;

/// A shape of path below `/area-N`.
#[derive(Clone, Copy)]
pub enum Shape {
    /// `/area-N/list`
    List,
    /// `/area-N/{id}/edit`
    Edit,
    /// `/area-N/files/*`
    Files,
}

/// `GET` on a pattern, for whoever has a product.
pub struct Rule {
    pub area: usize,
    pub shape: Shape,
}

/// The first rules of an endless row.
pub fn rules(count: usize) -> impl Iterator<Item = Rule> {
    const SHAPES: [Shape; 3] = [Shape::List, Shape::Edit, Shape::Files];
    (0..count).map(|number| Rule {
        area: number,
        shape: SHAPES[number % SHAPES.len()],
    })
}

impl Rule {
    /// The product it asks for.
    pub fn product(&self) -> String {
        product(self.area % PRODUCTS)
    }

    /// A path it covers.
    pub fn path(&self) -> String {
        let area = self.area;
        match self.shape {
            Shape::List => format!("/area-{area}/list"),
            Shape::Edit => format!("/area-{area}/4711/edit"),
            Shape::Files => format!("/area-{area}/files/2026/a.pdf"),
        }
    }
}

/// The ID of a product.
pub fn product(number: usize) -> String {
    format!("p-live-{number}")
}

/// What a user has who may call everything.
pub fn all_products() -> Vec<String> {
    (0..PRODUCTS).map(product).collect()
}

/// Which paths are asked for, one after the other, over and over.
#[derive(Clone, Copy)]
pub enum Asked {
    /// Eight, of rules that lie evenly among all: what it costs to decide.
    Few,
    /// As many requests at every size, for all rules in no order: with many rules, what it costs to
    /// fetch them from memory too.
    All,
}

/// Requests of [`Asked::All`], as many as there are rules at the largest size: the processor learns
/// a shorter round by heart, which no traffic would let it.
const REQUESTS: usize = 10_000;

/// Paths that some rule covers.
pub fn paths(count: usize, asked: Asked) -> Vec<String> {
    const FEW: usize = 8;
    let paths: Vec<_> = rules(count).map(|rule| rule.path()).collect();
    if let Asked::Few = asked {
        return (0..FEW)
            .map(|at| paths[at * (count - 1) / (FEW - 1)].clone())
            .collect();
    }
    // Of more rules than requests, some that lie evenly among them: the stride is prime.
    let stride = if count > REQUESTS { 7_919 } else { 1 };
    let mut order: Vec<_> = (0..REQUESTS)
        .map(|number| number * stride % count)
        .collect();
    // A fixed shuffle (Fisher and Yates), so that every run and every engine is asked the same.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for last in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(last, (state % (last as u64 + 1)) as usize);
    }
    // Made in the order they are asked for: the text of a request was read a moment before.
    order
        .into_iter()
        .map(|number| paths[number].clone())
        .collect()
}
