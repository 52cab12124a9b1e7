/**
 * Probes of frozen features: linear, nearest neighbours, ridge regression; pure functions over rows
 * and labels.
 */
package org.ijepa.probe;
