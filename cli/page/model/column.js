// Columns of the matrix. A user may be called `visitor` as well; so a column is told by who it is of.

/** @typedef {import("../contract.js").Column} Column */

/** @param {Column} column */
export const keyOf = ({ user, name }) => (user === null ? `typical ${name}` : `user ${user}`);

/**
 * Somebody without a token, and so nobody of the users file.
 * @param {Column} column
 */
export const isVisitor = ({ user, who }) => user === null && who === "visitor";

/**
 * As it is read aloud.
 * @param {Column} column
 */
export const spoken = (column) => (isVisitor(column) ? "visitor without a token" : column.name);
