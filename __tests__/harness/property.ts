/** fast-check with a fixed seed: the same suite gives the same verdict twice. `PROPERTY_SEED=7 npm run test:unit` asks with another one. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) });

export default fc;
