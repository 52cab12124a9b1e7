/**
 * The images below a URI: indexed once in an order that depends on their names alone, then fetched
 * by number.
 */
package org.ijepa.source;
