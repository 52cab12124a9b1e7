/** Nodes that decode for trainers on other nodes, and the trainers' side of it. */
package org.ijepa.decoding;
