// Models among the tests are type-checked together with them.
import '../../../src/model/frontend/ts/lockstep-model.d.ts';
