/**
 * JMH benchmarks of what is done for each sample beside decoding it; {@code bench/micro} runs them.
 */
package org.ijepa.bench.micro;
