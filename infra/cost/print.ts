import { writeFileSync } from 'node:fs';
import { page } from './page';

writeFileSync('COST.md', page());
