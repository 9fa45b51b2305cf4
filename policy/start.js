// The pack as Pulumi starts it: see PulumiPolicy.yaml.
import { createTrustPack } from './index.ts';

createTrustPack();
